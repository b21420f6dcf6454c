using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit.Tools;

/// <summary>What a tool shows while it runs, and what the user does with it.</summary>
public sealed class ToolProgressTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Progress_OfARunningTool_IsShownBeforeItsResultAndStored()
    {
        var call = HoldTool();
        using var stream = await AskAsync();
        var (bridge, request) = await call.Task.Within("the tool's call");

        await ProgressAsync(bridge, CallId(request), """{"type":"progress_update","text":"Half way"}""");
        await stream.UntilAsync(static one => (string?)one["text"] == "Half way");
        await ProgressAsync(bridge, CallId(request), Stage.Item("done", Stage.Widget("w_progress", "one")));
        await stream.UntilAsync(static one => (string?)one["item"]?["id"] == "w_progress");
        await bridge.ReplyAsync(request["id"]!, """{"content":[{"type":"text","text":"done"}]}""");
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("answer", stream.Deltas);
        Assert.Equal(
            ["user_message", "workflow", "widget", "assistant_message"],
            (await stage.ItemsAsync(stream.ThreadId)).Select(static item => (string)item!["type"]!));
        Assert.Equal("complete", (string?)(await stage.ItemsAsync(stream.ThreadId))[1]!["workflow"]!["tasks"]![0]!["status_indicator"]);
    }

    [Fact]
    public async Task Progress_OfACallThatIsNotRunning_IsIgnoredAndCounted()
    {
        var call = HoldTool();
        using var stream = await AskAsync();
        var (bridge, request) = await call.Task.Within("the tool's call");

        await ProgressAsync(bridge, "call_of_nobody", """{"type":"progress_update","text":"lost"}""");
        await bridge.NotifyAsync("tools/progress", "[7]");
        await bridge.NotifyAsync("tools/progress", $$"""{"callId":"{{CallId(request)}}","events":7}""");
        await bridge.ReplyAsync(request["id"]!, """{"content":[]}""");
        await stream.ToEndAsync();
        await ProgressAsync(bridge, CallId(request), """{"type":"progress_update","text":"late"}""");
        await bridge.CallAsync("log/setLevel", """{"level":"warn"}""");

        Assert.Equal("answer", stream.Deltas);
        Assert.DoesNotContain("progress_update", stream.Types);
        var status = await stage.Sidecar.SendAsync(new HttpCall("GET", "/status") { Bearer = stage.Sidecar.Host.LaunchSecret });
        Assert.Equal(3, (int?)status.Json["counters"]!["tool_progress_dropped"]!["unknown_call"]);
    }

    [Theory]
    [InlineData("added", false)]
    [InlineData("added", true)]
    [InlineData("done", false)]
    [InlineData("done", true)]
    public async Task Action_OfAWidgetThatARunningToolShows_ReachesTheHostMeanwhile(string how, bool sync)
    {
        var call = HoldTool();
        using var stream = await AskAsync();
        var (bridge, request) = await call.Task.Within("the tool's call");
        await ProgressAsync(bridge, CallId(request), Stage.Item(how, Stage.Widget("w_live", "click me")));
        await stream.UntilAsync(static one => (string?)one["item"]?["id"] == "w_live");

        stage.ActionResult = "{}";
        var body = Stage.Action(stream.ThreadId, "w_live", sync);
        if (sync)
        {
            await stage.CallAsync(body);
        }
        else
        {
            using var action = await stage.StreamAsync(body);
            Assert.Null(action.Error);
        }

        Assert.Equal("click me", (string?)stage.Actions[^1]["widget"]!["children"]![0]!["value"]);
        await bridge.ReplyAsync(request["id"]!, """{"content":[{"type":"text","text":"clicked"}]}""");
        await stream.ToEndAsync();
        Assert.Null(stream.Error);
        Assert.Equal("answer", stream.Deltas);
    }

    [Fact]
    public async Task Question_InProgress_EndsTheTurnWithItsRound()
    {
        var call = HoldTool();
        using var stream = await AskAsync();
        var (bridge, request) = await call.Task.Within("the tool's call");

        await ProgressAsync(bridge, CallId(request), Stage.Item("done", """
            {"id":"q","type":"structured_input","status":"pending","inputs":[{"type":"freeform","id":"a","question":"why?"}]}
            """));
        await bridge.ReplyAsync(request["id"]!, """{"content":[]}""");
        await stream.ToEndAsync();

        Assert.Equal("", stream.Deltas);
        Assert.Equal("structured_input", (string?)stream.Events.Last(static one => one["item"] is not null)["item"]!["type"]);
    }

    private TaskCompletionSource<(BridgeConnection Bridge, JsonObject Request)> HoldTool()
    {
        var call = new TaskCompletionSource<(BridgeConnection, JsonObject)>(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.OnTool = (bridge, request) =>
        {
            call.SetResult((bridge, request));
            return Task.CompletedTask;
        };
        return call;
    }

    private async Task<ChatStream> AskAsync()
    {
        stage.Play(Stage.Calls("show", "{}"), Stage.Words("answer"));
        var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("go"));
        await stream.UntilAsync(static one => (string?)one["type"] == "thread.created");
        return stream;
    }

    private static string CallId(JsonObject request) => (string)request["params"]!["_meta"]!["callId"]!;

    private static Task ProgressAsync(BridgeConnection bridge, string callId, params string[] events) =>
        bridge.NotifyAsync("tools/progress", $$"""{"callId":"{{callId}}","events":[{{string.Join(',', events)}}]}""");
}
