using System.Runtime.CompilerServices;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit;

/// <summary>Threads named by a model (<c>--title-model</c>).</summary>
public sealed class TitleTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync(
        static flags => flags.TitleModel = "tiny", fakes => fakes.Clock = _clock);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task FirstAnswer_IsFollowedByOneSmallRequestAndTheTitleComesLast()
    {
        _host.Model.Plan(Says.Text("In the Arctic."));
        _host.Model.Plan(Says.Text("\"Where Walruses Live.\"\n"));

        var stream = await _host.StreamAsync(Body.Create("where do walruses live?\nplease"));

        Assert.Equal("Where Walruses Live", (string?)stream.Last["thread"]!["title"]);
        Assert.Equal(
            ["where do walruses live?", "Where Walruses Live"],
            stream.Events.Select(static one => (string?)one["thread"]?["title"]).OfType<string>());
        var request = _host.Model.Requests[1];
        Assert.Equal("tiny", request.Model);
        Assert.Empty(request.Tools);
        var text = ((InputPart.Text)Assert.Single(Assert.IsType<InputItem.User>(Assert.Single(request.Input)).Parts)).Value;
        Assert.Contains("please", text);
        Assert.Contains("In the Arctic.", text);
        Assert.Equal("Where Walruses Live", (string?)(await _host.CallAsync(Body.Get(stream.ThreadId)))["title"]);
    }

    [Fact]
    public async Task SecondAnswer_IsNotFollowedByAnother()
    {
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(Says.Text("Title"));
        _host.Model.Plan(Says.Text("b"));
        var thread = (await _host.StreamAsync(Body.Create("x"))).ThreadId;

        var second = await _host.StreamAsync(Body.Add(thread, "y"));

        Assert.Equal(3, _host.Model.Requests.Count);
        Assert.DoesNotContain("thread.updated", second.Types);
    }

    [Fact]
    public async Task WithoutTheFlag_TheFirstLineStays()
    {
        await using var host = await ChatHost.StartAsync();
        host.Model.Plan(Says.Text("a"));

        var stream = await host.StreamAsync(Body.Create("the first line"));

        Assert.Equal("the first line", (string?)stream.Events[2]["thread"]!["title"]);
        Assert.Single(host.Model.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \" \n")]
    [InlineData("failure")]
    [InlineData("long")]
    public async Task ATitleThatCannotBeHad_IsNoErrorAndTheFirstLineStays(string how)
    {
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(how switch
        {
            "failure" => Says.Failure(UpstreamFailures.InvalidRequest),
            "long" => Says.Text(new string('x', 1000)),
            _ => Says.Text(how),
        });

        var stream = await _host.StreamAsync(Body.Create("the first line"));

        Assert.Null(stream.Error);
        Assert.Equal("the first line", (string?)stream.Events[2]["thread"]!["title"]);
    }

    [Fact]
    public async Task ASlowTitle_HoldsTheStreamAMomentAndIsKeptWhenItComes()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(cancellationToken => AfterAsync(asked, answer, Says.Text("Late title"), cancellationToken));
        using var stream = await _host.OpenAsync(Body.Create("the first line"));
        await asked.Task.Soon();

        _clock.Advance(TimeSpan.FromSeconds(3));
        var events = await stream.ToEndAsync();
        var thread = (string)events[0]["thread"]!["id"]!;
        answer.SetResult();
        await Waits.UntilAsync(() => _host.Threads.TryGet("local", thread, out var stored) && stored.Head.Title == "Late title");

        Assert.Equal("the first line", (string?)events[2]["thread"]!["title"]);
    }

    [Fact]
    public async Task ATitleThatAPersonGives_IsNotReplaced()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(cancellationToken => AfterAsync(asked, answer, Says.Text("The model's"), cancellationToken));
        using var stream = await _host.OpenAsync(Body.Create("x"));
        var thread = (string)(await stream.NextAsync())!["thread"]!["id"]!;
        await asked.Task.Soon();

        await _host.CallAsync(Body.Op("threads.update", $"\"thread_id\":\"{thread}\",\"title\":\"mine\""));
        answer.SetResult();
        await stream.ToEndAsync();

        Assert.Equal("mine", (string?)(await _host.CallAsync(Body.Get(thread)))["title"]);
    }

    [Fact]
    public async Task AReaderWhoLeavesWhileTheTitleIsAskedFor_HasStoppedNothing()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _host.Model.Plan(Says.Text("whole answer"));
        _host.Model.Plan(cancellationToken => AfterAsync(asked, answer, Says.Text("Title"), cancellationToken));
        var stream = await _host.OpenAsync(Body.Create("x"));
        var thread = (string)(await stream.NextAsync())!["thread"]!["id"]!;
        await asked.Task.Soon();

        stream.Dispose();
        await Waits.UntilAsync(() => _host.Streams.Count == 0);
        answer.SetResult();
        await Waits.UntilAsync(() => _host.Threads.TryGet("local", thread, out var stored) && stored.Head.Title == "Title");

        Assert.True(_host.Threads.TryGet("local", thread, out var kept));
        Assert.Equal(["UserMessageItem", "AssistantMessageItem"], kept.History().Select(static entry => entry.Item.GetType().Name));
    }

    [Fact]
    public async Task ARevokedSession_AsksNoLonger()
    {
        var asked = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(cancellationToken =>
        {
            asked.SetResult();
            return FakeModel.ThenHang([], left, cancellationToken);
        });
        using var stream = await _host.OpenAsync(Body.Create("x"));
        await asked.Task.Soon();

        _host.Sessions.RevokeKey("k");

        await left.Task.Soon();
        await stream.ToEndAsync();
    }

    [Fact]
    public async Task AnAnswerAfterAClientTool_IsTheFirst()
    {
        var token = await _host.MintAsync(extra: ""","client_tools":[{"name":"page_tool","parameters":{"type":"object"}}]""");
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));
        _host.Model.Plan(Says.Text("done"));
        _host.Model.Plan(Says.Text("Named"));
        var thread = (await _host.StreamAsync(Body.Create("x"), token)).ThreadId;

        var second = await _host.StreamAsync(Body.ToolOutput(thread, "1"), token);

        Assert.Equal("Named", (string?)second.Last["thread"]!["title"]);
    }

    private static async IAsyncEnumerable<ProviderEvent> AfterAsync(
        TaskCompletionSource asked, TaskCompletionSource answer, ProviderEvent[] events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        asked.SetResult();
        await answer.Task.WaitAsync(cancellationToken);
        foreach (var one in events)
        {
            yield return one;
        }
    }
}
