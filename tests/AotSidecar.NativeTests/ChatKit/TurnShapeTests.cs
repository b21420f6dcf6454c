namespace AotSidecar.NativeTests.ChatKit;

/// <summary>What a turn shows beside its text.</summary>
public sealed class TurnShapeTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task ATitle_IsAnnouncedRightAfterTheMessage()
    {
        stage.Play(Stage.Words("ok"));

        using var stream = await stage.CreateAsync("name me");

        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options"], stream.Types.Take(4));
        Assert.Equal("name me", (string?)stream.Events[2]["thread"]!["title"]);
    }

    [Fact]
    public async Task ARunningTool_IsTheLastItem()
    {
        stage.ToolResult = """{"content":[{"type":"text","text":"done"}]}""";
        stage.Play(Stage.Calls("show", "{}"), Stage.Words("ok"));

        using var stream = await stage.CreateAsync();

        Assert.DoesNotContain("progress_update", stream.Types);
        Assert.Equal("ok", stream.Deltas);
    }

    [Fact]
    public async Task AnEmptyAnswer_IsAnErrorThatCanBeTriedAgain()
    {
        stage.Play(Stage.Events());

        using var stream = await stage.CreateAsync();

        Assert.Equal(("empty_answer", true), ((string?)stream.Error!["reason"], (bool)stream.Error["allow_retry"]!));
    }

    [Fact]
    public async Task ARetry_RemovesWhatComesAfterTheItemThatItNames()
    {
        var thread = await stage.NewThreadAsync();
        using var ended = await stage.YieldAsync(thread, Stage.Item("done", """{"id":"end_1","type":"end_of_turn"}"""), Stage.Item("done", Stage.Message("m_late", "late")));
        stage.Play(Stage.Words("again"));

        using var stream = await stage.StreamAsync(Stage.Retry(thread, "end_1"));

        Assert.Equal(
            ["user_message", "assistant_message", "end_of_turn", "assistant_message"],
            (await stage.ItemsAsync(thread)).Select(static item => (string?)item!["type"]));
    }

    [Fact]
    public async Task AWidget_ThatAnActionUpdates_IsStored()
    {
        var thread = await stage.NewThreadAsync();
        using var shown = await stage.YieldAsync(thread, Stage.Item("done", Stage.Widget("w_1", "old")), Stage.Item("done", Stage.Widget("w_2", "one")));

        using var updated = await stage.YieldAsync(
            thread,
            """{"type":"thread.item.updated","item_id":"w_1","update":{"type":"widget.root.updated","widget":{"type":"Card","children":[]} } }""",
            """{"type":"thread.item.updated","item_id":"w_2","update":{"type":"widget.component.updated","component_id":"t","component":{"type":"Text","id":"t","value":"two"} } }""",
            """{"type":"thread.item.updated","item_id":"w_2","update":{"type":"widget.streaming_text.value_delta","component_id":"t","delta":"!","done":true} }""");

        var items = await stage.ItemsAsync(thread);
        Assert.Equal("""{"type":"Card","children":[]}""", items[2]!["widget"]!.ToJsonString());
        Assert.Equal("two!", (string?)items[3]!["widget"]!["children"]![0]!["value"]);
    }

    [Fact]
    public async Task AnItem_ThatASyncActionUpdates_IsStored()
    {
        var thread = await stage.NewThreadAsync();
        using var shown = await stage.YieldAsync(thread, Stage.Item("done", Stage.Widget("w_s", "old")));
        stage.ActionResult = $$"""{"updatedItem":{{Stage.Widget("w_s", "new")}} }""";

        var reply = await stage.CallAsync(Stage.Action(thread, "w_s", sync: true));

        Assert.Equal(reply["updated_item"]!.ToJsonString(), (await stage.ItemsAsync(thread))[2]!.ToJsonString());
    }

    [Fact]
    public async Task CodeThatHasRun_IsToldInThePast()
    {
        const string item = """{"id":"ci_1","type":"code_interpreter_call","status":"completed","code":"1","container_id":"c","outputs":null}""";
        stage.Play(Stage.Events(
            $$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }"""));

        using var stream = await stage.CreateAsync();

        Assert.Contains("Ran code", (await stage.ItemsAsync(stream.ThreadId)).ToJsonString());
        Assert.DoesNotContain("Running code", (await stage.ItemsAsync(stream.ThreadId)).ToJsonString());
    }

    [Fact]
    public async Task ARemoteTool_ThatFailed_IsNotShownAsComplete()
    {
        const string item = """{"id":"mcp_1","type":"mcp_call","status":"failed","name":"lookup","server_label":"s","arguments":"{}","output":null,"error":"no"}""";
        stage.Play(Stage.Events(
            $$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }"""));

        using var stream = await stage.CreateAsync();

        var task = (await stage.ItemsAsync(stream.ThreadId))[1]!["workflow"]!["tasks"]![0]!;
        Assert.Equal(("lookup", "none", "failed"), ((string?)task["title"], (string?)task["status_indicator"], (string?)task["content"]));
    }
}
