using AotSidecar.ChatKit.Protocol;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

/// <summary>A stream that is cut: by its reader, by its session's end, by the process's end.</summary>
public sealed class CancellationTests : IAsyncLifetime
{
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case42_AReaderThatLeaves_KeepsThePartialAnswerAndStopsTheModel()
    {
        var left = new TaskCompletionSource();
        _host.Model.Plan(token => FakeModel.ThenHang([.. Says.Message(0, "", null)[..1], Says.Delta("Hello, "), Says.Delta("World!")], left, token));
        var threadId = await LeaveAtAsync("World!");
        await left.Task.Soon();
        var thread = await StoredAsync(threadId, count: 3);

        Assert.Equal("Hello, World!", ((AssistantMessageItem)thread[1]).Content[0].Text);
        Assert.IsType<SdkHiddenContextItem>(thread[2]);
        var listed = (await _host.CallAsync(Body.Items(threadId)))["data"]!.AsArray();
        Assert.Equal(["assistant_message", "user_message"], listed.Select(static item => (string?)item!["type"]));
    }

    [Fact]
    public async Task TheNextTurn_AfterAStop_TellsTheModelOfIt()
    {
        _host.Model.Plan(token => FakeModel.ThenHang([Says.Delta("part")], null, token));
        _host.Model.Plan(Says.Text("ok"));
        var threadId = await LeaveAtAsync("part");
        await StoredAsync(threadId, count: 3);

        await UntilFreeAsync(threadId);
        await _host.StreamAsync(Body.Add(threadId, "again"));

        Assert.Equal(4, _host.Model.Requests[1].Input.Count);
        Assert.Contains("stopped", _host.Model.Requests[1].Input[2].ToString() + Said(_host.Model.Requests[1].Input[2]));
    }

    [Fact]
    public async Task ARevokedSession_EndsItsStreamWithAnErrorEvent()
    {
        _host.Model.Plan(static token => FakeModel.ThenHang([Says.Delta("part")], null, token));
        using var stream = await _host.OpenAsync(Body.Create("x"));
        await stream.UntilDeltaAsync("part");

        Assert.Equal(1, _host.Sessions.RevokeKey("k"));
        var rest = await stream.ToEndAsync();

        Assert.Equal("session_revoked", (string?)rest.Single(static one => (string?)one["type"] == "error")["reason"]);
        Assert.Equal("part", (string?)rest.Single(static one => (string?)one["type"] == "thread.item.done")["item"]!["content"]![0]!["text"]);
    }

    [Fact]
    public async Task TheProcessesEnd_EndsStreamsWithAnErrorEvent()
    {
        _host.Model.Plan(static token => FakeModel.ThenHang([Says.Delta("part")], null, token));
        using var stream = await _host.OpenAsync(Body.Create("x"));
        await stream.UntilDeltaAsync("part");

        await _host.Streams.CutAsync();
        var rest = await stream.ToEndAsync();

        var error = rest.Single(static one => (string?)one["type"] == "error");
        Assert.Equal(("shutting_down", true), ((string?)error["reason"], (bool)error["allow_retry"]!));
    }

    [Fact]
    public async Task ASecondStreamOnAThread_WaitsUntilTheFirstHasEnded()
    {
        _host.Model.Plan(static token => FakeModel.ThenHang([Says.Delta("part")], null, token));
        _host.Model.Plan(Says.Text("ok"));
        using var first = await _host.OpenAsync(Body.Create("x"));
        var threadId = (string)(await first.NextAsync())!["thread"]!["id"]!;
        await first.UntilDeltaAsync("part");

        var second = _host.StreamAsync(Body.Add(threadId, "y"));
        first.Dispose();

        Assert.Equal("ok", (await second).Deltas);
    }

    [Fact]
    public async Task AFifthStreamOfASession_IsRefusedAndAnothersIsNot()
    {
        var streams = new List<OpenStream>();
        for (var at = 0; at < 4; at++)
        {
            _host.Model.Plan(static token => FakeModel.ThenHang([Says.Delta("part")], null, token));
            streams.Add(await _host.OpenAsync(Body.Create("x")));
            await streams[at].UntilDeltaAsync("part");
        }

        var fifth = await _host.StreamAsync(Body.Create("x"));
        _host.Model.Plan(Says.Text("ok"));
        var others = await _host.StreamAsync(Body.Create("x"), await _host.MintAsync("eve"));

        Assert.Equal("too_many_streams", fifth.Reason);
        Assert.Null(others.Error);
        streams.ForEach(static stream => stream.Dispose());
    }

    private static string Said(AotSidecar.Providers.Requests.InputItem item) =>
        string.Concat(((AotSidecar.Providers.Requests.InputItem.User)item).Parts.OfType<AotSidecar.Providers.Requests.InputPart.Text>().Select(static part => part.Value));

    private async Task<string> LeaveAtAsync(string delta)
    {
        using var stream = await _host.OpenAsync(Body.Create("hi"));
        var threadId = (string)(await stream.NextAsync())!["thread"]!["id"]!;
        await stream.UntilDeltaAsync(delta);
        return threadId;
    }

    private async Task<ThreadItem[]> StoredAsync(string threadId, int count)
    {
        Assert.True(_host.Threads.TryGet("local", threadId, out var thread));
        await Waits.UntilAsync(() => thread.Count == count);
        return [.. thread.History().Select(static entry => entry.Item)];
    }

    private async Task UntilFreeAsync(string threadId)
    {
        Assert.True(_host.Threads.TryGet("local", threadId, out var thread));
        await Waits.UntilAsync(thread.TryBeginStreaming);
        thread.EndStreaming();
    }
}
