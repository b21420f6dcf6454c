namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: ids, and what a host says of a thread.</summary>
public sealed class ConformanceTestsOfHosts(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Case14_Ids_TellTheirKindAndAreLong()
    {
        stage.Play(Stage.Recording("resp-reasoning"));

        using var stream = await stage.CreateAsync();

        Assert.Matches("^thr_[0-9a-f]{32}$", stream.ThreadId);
        Assert.Matches("^msg_[0-9a-f]{32}$", (string?)stream.Events[1]["item"]!["id"]);
        Assert.Contains(stream.Events, item => ((string?)item["item"]?["id"])?.StartsWith("wf_", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("task", "\"task\":{\"type\":\"custom\"}", "tsk")]
    [InlineData("client_tool_call", "\"call_id\":\"c\",\"name\":\"n\",\"arguments\":{}", "tc")]
    [InlineData("workflow", "\"workflow\":{\"type\":\"custom\",\"tasks\":[]}", "wf")]
    public async Task Case14_AnItemTheHostDoesNotName_GetsAnIdOfItsKind(string type, string members, string prefix)
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, Stage.Item("done", $$"""{"type":"{{type}}",{{members}} }"""));

        Assert.Matches($"^{prefix}_[0-9a-f]{{32}}$", (string?)stream.Events[1]["item"]!["id"]);
    }

    /// <summary>The reference has generators that code of the server plugs in; here the host is the one who may make ids, for what it yields.</summary>
    [Fact]
    public async Task Case13_IdsThatTheHostMakes_AreTheItems()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, Stage.Item("done", Stage.Message("gen_2", "b")), Stage.Item("done", Stage.Message("gen_1", "a")));

        Assert.Equal(["gen_2", "gen_1"], stream.Events.Skip(1).Select(item => (string?)item["item"]!["id"]));
        Assert.Equal(["gen_2", "gen_1"], (await stage.ItemsAsync(thread)).Skip(2).Select(item => (string?)item!["id"]));
        Assert.All(stream.Events.Skip(1), item => Assert.Equal(thread, (string?)item["item"]!["thread_id"]));
    }

    [Fact]
    public async Task Case16_MetadataOfTheHost_IsStoredAndNeverShown()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, """{"type":"thread.updated","thread":{"metadata":{"case":"psst-16"}}}""");
        using var next = await stage.YieldAsync(thread);

        var stored = await stage.CallAsync(Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""));
        Assert.Equal(["stream_options", "thread.updated"], stream.Types);
        Assert.Equal("{}", stream.Events[1]["thread"]!["metadata"]!.ToJsonString());
        Assert.Equal("""{"case":"psst-16"}""", stage.Actions[^1]["threadMetadata"]!.ToJsonString());
        Assert.DoesNotContain("psst-16", $"{stream.Raw}{next.Raw}{stored}");
    }

    [Fact]
    public async Task Case46_AHostThatForbidsStopping_IsHeard()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, """{"type":"stream_options","stream_options":{"allow_cancel":false}}""");

        Assert.Equal([true, false], stream.Events.Select(item => (bool)item["stream_options"]!["allow_cancel"]!));
    }

    [Fact]
    public async Task Case15And17And18_AChangedThread_IsStoredAndSent()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, """
            {"type":"thread.updated","thread":{"title":"T","status":{"type":"locked","reason":"Escalated"},"allowed_image_domains":["example.com"]}}
            """);

        var sent = stream.Events[^1]["thread"]!;
        var stored = await stage.CallAsync(Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""));
        foreach (var one in new[] { sent, stored })
        {
            Assert.Equal("T", (string?)one["title"]);
            Assert.Equal("""{"type":"locked","reason":"Escalated"}""", one["status"]!.ToJsonString());
            Assert.Equal("""["example.com"]""", one["allowed_image_domains"]!.ToJsonString());
            Assert.Equal("{}", one["metadata"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Case19_AChangeBetweenItems_IsToldBetweenThem()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(
            thread,
            Stage.Item("done", Stage.Message("a_19", "A")),
            """{"type":"thread.updated","thread":{"title":"Between"}}""",
            Stage.Item("done", Stage.Message("b_19", "B")));

        Assert.Equal(["stream_options", "thread.item.done", "thread.updated", "thread.item.done"], stream.Types);
    }

    [Fact]
    public async Task Case38_HiddenContext_IsForTheModelOnly()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, Stage.Item("done", """{"type":"hidden_context_item","content":"the user sits in Oslo"}"""));
        stage.Play(Stage.Words("ok"));
        using var next = await stage.StreamAsync(ChatBody.Message("where?", thread));

        var listed = $"{await stage.CallAsync(Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""))}{await stage.ItemsAsync(thread)}";
        Assert.Equal(["stream_options"], stream.Types);
        Assert.DoesNotContain("Oslo", listed + next.Raw);
        Assert.Contains("Oslo", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
    }
}
