using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: messages, failures, item events.</summary>
public sealed class ConformanceTestsOfTurns(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Case11_AMessage_IsStoredAndShownWithItsQuote()
    {
        stage.Play(Stage.Words("ok"));
        var body = ChatBody.Message("Hello").Replace("\"quoted_text\":\"\"", "\"quoted_text\":\"Quoted\"");

        using var stream = await stage.StreamAsync(body);

        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options"], stream.Types.Take(4));
        Assert.Null(stream.Events[0]["thread"]!["title"]);
        Assert.Equal(("Hello", "Quoted"), ((string?)stream.Events[1]["item"]!["content"]![0]!["text"], (string?)stream.Events[1]["item"]!["quoted_text"]));
        Assert.Equal("user_message", (string?)(await stage.ItemsAsync(stream.ThreadId))[0]!["type"]);
    }

    [Fact]
    public async Task Case12_ProgressAndAnAnswer_AreForwardedAsTheyCome()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(
            thread, """{"type":"progress_update","icon":"search","text":"Searching"}""", Stage.Item("done", Stage.Message("m_12", "hi")));

        Assert.Equal(["stream_options", "progress_update", "thread.item.done"], stream.Types);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case20_AMessagesToolChoice_ReachesTheProvider(bool existing)
    {
        var thread = existing ? await stage.NewThreadAsync() : null;
        stage.Play(Stage.Words("ok"));
        var body = ChatBody.Message("x", thread).Replace("\"inference_options\":{}", "\"inference_options\":{\"tool_choice\":{\"id\":\"get_weather\"},\"model\":\"m-20\"}");

        using var stream = await stage.StreamAsync(body);

        var request = stage.Sidecar.Provider.Requests[^1].Json;
        Assert.Equal("m-20", (string?)request["model"]);
        Assert.Contains("get_weather", request["tool_choice"]!.ToJsonString());
    }

    [Fact]
    public async Task Case22_AMessageToAThread_IsTheFirstEvent()
    {
        var thread = await stage.NewThreadAsync();
        stage.Play(Stage.Words("second"));

        using var stream = await stage.StreamAsync(ChatBody.Message("again", thread));

        Assert.Equal(["thread.item.done", "stream_options"], stream.Types.Take(2));
        Assert.Equal(
            ["user_message", "assistant_message", "user_message", "assistant_message"],
            (await stage.ItemsAsync(thread)).Select(item => (string?)item!["type"]));
    }

    [Fact]
    public async Task Case23_AMessageToAnUnknownThread_ComesBackWithOneErrorEvent()
    {
        using var stream = await stage.StreamAsync(ChatBody.Message("x", "thr_unknown"));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal("thread_not_found", (string?)stream.Error!["reason"]);
    }

    [Fact]
    public async Task Case26_AnUnknownAttachment_LeavesNoThreadBehind()
    {
        var before = await stage.CallAsync(ChatBody.List);

        using var stream = await stage.StreamAsync(ChatBody.Message("x").Replace("\"attachments\":[]", "\"attachments\":[\"atc_none\"]"));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal(before.ToJsonString(), (await stage.CallAsync(ChatBody.List)).ToJsonString());
    }

    [Theory]
    [InlineData("locked")]
    [InlineData("closed")]
    public async Task Case27_AMessageToALockedOrClosedThread_IsRefusedAndNotStored(string status)
    {
        var thread = await stage.NewThreadAsync();
        using var locked = await stage.YieldAsync(
            thread, $$$"""{"type":"thread.updated","thread":{"status":{"type":"{{{status}}}","reason":"Enough"} } }""");

        using var stream = await stage.StreamAsync(ChatBody.Message("more", thread));

        Assert.Equal(("custom", "Enough", $"thread_{status}"), ((string?)stream.Error!["code"], (string?)stream.Error["message"], (string?)stream.Error["reason"]));
        Assert.Equal(2, (await stage.ItemsAsync(thread)).Count);
    }

    [Theory]
    [InlineData("""{"type":"error","code":"stream.error","allow_retry":true}""")]
    [InlineData("""{"type":"error","code":"stream.error","allow_retry":false}""")]
    [InlineData("""{"type":"error","code":"custom","message":"Nope!","allow_retry":false}""")]
    [InlineData("""{"type":"error","code":"custom","message":"Nope!","allow_retry":true}""")]
    public async Task Case28To31_AnErrorOfTheResponder_IsForwardedAndTheStreamEndsCleanly(string error)
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, error);

        Assert.Equal(["stream_options", "error"], stream.Types);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(error), stream.Error), stream.Error!.ToJsonString());
        Assert.True(stream.EndedCleanly);
    }

    [Fact]
    public async Task Case33_AnItemAfterAnError_IsForwardedAndStored()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, """{"type":"error","message":"m"}""", Stage.Item("done", Stage.Message("m_33", "still")));

        Assert.Equal(["stream_options", "error", "thread.item.done"], stream.Types);
        Assert.Contains(await stage.ItemsAsync(thread), item => (string?)item!["id"] == "m_33");
    }

    [Fact]
    public async Task Case35And37_RemovedAndReplacedItems_AreSoInTheStore()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(
            thread,
            Stage.Item("done", Stage.Message("x_35", "gone")),
            """{"type":"thread.item.removed","item_id":"x_35"}""",
            Stage.Item("done", Stage.Widget("w_37", "old")),
            Stage.Item("replaced", Stage.Widget("w_37", "new")));

        var items = await stage.ItemsAsync(thread);
        Assert.Equal(["thread.item.done", "thread.item.removed", "thread.item.done", "thread.item.replaced"], stream.Types.Skip(1));
        Assert.DoesNotContain(items, item => (string?)item!["id"] == "x_35");
        Assert.Equal("new", (string?)items.Single(item => (string?)item!["id"] == "w_37")!["widget"]!["children"]![0]!["value"]);
    }

    [Fact]
    public async Task Case40_AWorkflowThatGrewAndIsDone_HasItsTaskOnce()
    {
        var thread = await stage.NewThreadAsync();
        const string Task = """{"type":"custom","title":"t"}""";

        using var stream = await stage.YieldAsync(
            thread,
            Stage.Item("added", """{"id":"wf_40","type":"workflow","workflow":{"type":"custom","tasks":[]}}"""),
            $$"""{"type":"thread.item.updated","item_id":"wf_40","update":{"type":"workflow.task.added","task_index":0,"task":{{Task}} } }""",
            Stage.Item("done", $$$"""{"id":"wf_40","type":"workflow","workflow":{"type":"custom","tasks":[{{{Task}}}]} }"""));

        Assert.Single(stream.Events[^1]["item"]!["workflow"]!["tasks"]!.AsArray());
        Assert.Single((await stage.ItemsAsync(thread))[^1]!["workflow"]!["tasks"]!.AsArray());
    }

    [Fact]
    public async Task Case95_AProviderThatFails_Is200WithAnErrorEvent()
    {
        stage.Play(exchange => exchange.ReplyAsync(400, """{"error":{"message":"secret detail"}}"""));

        using var stream = await stage.CreateAsync();

        Assert.NotNull(stream.Error);
        Assert.DoesNotContain("secret detail", stream.Raw.ToString());
        Assert.True(stream.EndedCleanly);
    }
}
