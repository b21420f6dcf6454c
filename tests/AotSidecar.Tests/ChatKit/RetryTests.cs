using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Requests;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

public sealed class RetryTests : IAsyncLifetime
{
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case59_Retry_OfAMessage_AnswersItAgainInPlaceOfTheOldAnswer()
    {
        _host.Model.Plan(Says.Text("old"));
        _host.Model.Plan(Says.Text("new"));
        var first = await _host.StreamAsync(Body.Create("q", ",\"inference_options\":{\"model\":\"mine\"}"));
        var message = (string)first.Item("user_message")["id"]!;

        var stream = await _host.StreamAsync(Body.Retry(first.ThreadId, message));

        Assert.Equal("stream_options", stream.Types[0]);
        Assert.Equal("new", stream.Deltas);
        Assert.DoesNotContain("user_message", stream.Raw);
        Assert.Equal("mine", _host.Model.Requests[1].Model);
        Assert.Single(_host.Model.Requests[1].Input);
        var listed = (await _host.CallAsync(Body.Items(first.ThreadId, ",\"order\":\"asc\"")))["data"]!.AsArray();
        Assert.Equal([message, (string)stream.Item("assistant_message")["id"]!], listed.Select(static item => (string)item!["id"]!));
    }

    [Fact]
    public async Task Case60_Retry_OfTheSecondRound_LeavesTheFirst()
    {
        foreach (var text in new[] { "a1", "a2", "a3" })
        {
            _host.Model.Plan(Says.Text(text));
        }

        var first = await _host.StreamAsync(Body.Create("q1"));
        var second = await _host.StreamAsync(Body.Add(first.ThreadId, "q2"));

        var third = await _host.StreamAsync(Body.Retry(first.ThreadId, (string)second.Item("user_message")["id"]!));

        Assert.NotEqual((string?)second.Item("assistant_message")["id"], (string?)third.Item("assistant_message")["id"]);
        Assert.Equal(["User", "Assistant", "User"], _host.Model.Requests[2].Input.Select(static item => item.GetType().Name));
        Assert.Equal("a1", ((InputItem.Assistant)_host.Model.Requests[2].Input[1]).Text);
    }

    [Fact]
    public async Task Case60_Retry_WithAProviderOfOneId_GetsAnother()
    {
        _host.Model.Plan(Says.Text("old", "msg_1"));
        _host.Model.Plan(Says.Text("new", "msg_1"));
        var first = await _host.StreamAsync(Body.Create("q"));

        var second = await _host.StreamAsync(Body.Retry(first.ThreadId, (string)first.Item("user_message")["id"]!));

        Assert.Equal("msg_1", (string?)first.Item("assistant_message")["id"]);
        Assert.NotEqual("msg_1", (string?)second.Item("assistant_message")["id"]);
    }

    [Fact]
    public async Task Case61_Retry_AfterAnAnswer_AnswersTheMessageBeforeItOnceMore()
    {
        _host.Model.Plan(Says.Text("old"));
        _host.Model.Plan(Says.Text("new"));
        var first = await _host.StreamAsync(Body.Create("q"));

        var stream = await _host.StreamAsync(Body.Retry(first.ThreadId, (string)first.Item("assistant_message")["id"]!));

        Assert.Equal("new", stream.Deltas);
        Assert.Equal(3, (await _host.CallAsync(Body.Items(first.ThreadId)))["data"]!.AsArray().Count);
        Assert.IsType<InputItem.User>(Assert.Single(_host.Model.Requests[1].Input));
    }

    [Fact]
    public async Task Case62_Retry_OfAnUnknownItem_DeletesNothing()
    {
        _host.Model.Plan(Says.Text("old"));
        var first = await _host.StreamAsync(Body.Create("q"));

        var stream = await _host.StreamAsync(Body.Retry(first.ThreadId, "msg_unknown"));

        Assert.Equal(("item_not_found", 1), (stream.Reason, stream.Events.Count));
        Assert.Equal(2, (await _host.CallAsync(Body.Items(first.ThreadId)))["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Retry_OnALockedThread_DeletesNothing()
    {
        _host.Model.Plan(Says.Text("old"));
        var first = await _host.StreamAsync(Body.Create("q"));
        Assert.True(_host.Threads.TryGet("local", first.ThreadId, out var thread));
        thread.UpdateHead(head => head with { Status = new LockedStatus("no") });

        var stream = await _host.StreamAsync(Body.Retry(first.ThreadId, (string)first.Item("user_message")["id"]!));

        Assert.Equal("thread_locked", stream.Reason);
        Assert.Equal(2, thread.Count);
    }
}
