using AotSidecar.Providers.Answers;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class ProviderEventMapperTests
{
    private const string ProviderId = "msg_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa2201819e";

    [Fact]
    public async Task Map_AMessage_AnnouncesItWithItsFirstText()
    {
        await using var bench = new TurnBench();

        bench.Map(new ProviderEvent.MessageStarted(0, ProviderId));
        var before = (await bench.ReadAsync()).Events.Count;
        bench.Map(Says.Delta("Hel"), Says.Delta("lo"), new ProviderEvent.PartDone(0, 0, Part("Hello")), MessageDone(0, Part("Hello")));

        var stream = await bench.ReadAsync();
        Assert.Equal(0, before);
        Assert.Equal(
            [
                "thread.item.added:assistant_message",
                "thread.item.updated:assistant_message.content_part.added",
                "thread.item.updated:assistant_message.content_part.text_delta",
                "thread.item.updated:assistant_message.content_part.text_delta",
                "thread.item.updated:assistant_message.content_part.done",
                "thread.item.done:assistant_message",
            ],
            stream.Outline);
        Assert.Equal(ProviderId, (string?)stream.Item("assistant_message")["id"]);
        Assert.Empty(stream.Items("thread.item.added").Single()["content"]!.AsArray());
        Assert.Equal(
            (string?)stream.Items("thread.item.added").Single()["created_at"], (string?)stream.Item("assistant_message")["created_at"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("__fake_id__")]
    [InlineData("msg_0")]
    [InlineData("msg_00000000000000000000000000000000")]
    [InlineData("msg_")]
    [InlineData("msg_placeholder_1")]
    [InlineData("msg_a b")]
    [InlineData("msg_undefined")]
    [InlineData("fc_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa2201819e")]
    [InlineData("client_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa2201819e")]
    public async Task Map_AMessageWithAnUnusableId_GetsOneOfOurs(string? id)
    {
        await using var bench = new TurnBench();

        bench.Map(Says.Message(0, "x", id));

        Assert.Matches("^msg_[0-9a-f]{32}$", (string?)(await bench.ReadAsync()).Item("assistant_message")["id"]);
    }

    [Theory]
    [InlineData(ProviderId)]
    [InlineData("msg_1")]
    [InlineData("msg_8beef0ca")]
    public async Task Map_AMessageWithAnIdOfTheProviders_KeepsIt(string id)
    {
        await using var bench = new TurnBench();

        bench.Map(Says.Message(0, "x", id));

        Assert.Equal(id, (string?)(await bench.ReadAsync()).Item("assistant_message")["id"]);
    }

    [Fact]
    public async Task Map_AThoughtThatGoesOnAfterTheAnswerBegan_IsAWorkflowOfItsOwn()
    {
        await using var bench = new TurnBench();

        bench.Map(new ProviderEvent.ReasoningStarted(0), new ProviderEvent.ReasoningDelta(0, 0, "before"), Says.Delta("text", 1));
        bench.Map(new ProviderEvent.ReasoningDelta(0, 0, "after"), new ProviderEvent.ReasoningPartDone(0, 0, "after"));
        bench.Workflow.Close();

        Assert.Equal(
            ["before", "after"],
            (await bench.ReadAsync()).Items("thread.item.done", "workflow").Select(static item => (string?)Assert.Single(item["workflow"]!["tasks"]!.AsArray())!["content"]));
    }

    [Fact]
    public async Task Map_ASearchThatEndsAfterItsWorkflow_ChangesNoOther()
    {
        await using var bench = new TurnBench();

        bench.Map(new ProviderEvent.HostedStarted(0, HostedTool.WebSearch), Says.Delta("text", 1));
        bench.Map(new ProviderEvent.ReasoningDelta(2, 0, "thought"));
        bench.Map(new ProviderEvent.HostedDone(0, HostedTool.WebSearch, HostedDetail.Empty));
        bench.Workflow.Close();

        var workflows = (await bench.ReadAsync()).Items("thread.item.done", "workflow").Select(static item => item["workflow"]!["tasks"]![0]!).ToArray();
        Assert.Equal(["web_search", "thought"], workflows.Select(static task => (string?)task["type"]));
        Assert.Equal("none", (string?)workflows[0]["status_indicator"]);
    }

    [Fact]
    public async Task Map_TwoMessagesOfOneId_GetsTwoItems()
    {
        await using var bench = new TurnBench();

        bench.Map([.. Says.Message(0, "a", ProviderId), .. Says.Message(1, "b", ProviderId)]);

        var ids = (await bench.ReadAsync()).Items("thread.item.done").Select(static item => (string?)item["id"]).ToArray();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(2, bench.Thread.Count);
    }

    [Fact]
    public async Task Map_AnEmptyMessage_IsNeverShown()
    {
        await using var bench = new TurnBench();

        bench.Map(new ProviderEvent.MessageStarted(0, ProviderId), MessageDone(0, Part("")));

        Assert.Empty((await bench.ReadAsync()).Events);
        Assert.False(bench.Mapper.ShowedAnything);
    }

    [Fact]
    public async Task Case83_Map_TextPartsAndACitation_GiveTheFourUpdates()
    {
        await using var bench = new TurnBench();
        var citation = new Annotation.File("a.txt", 5);

        bench.Map(
            Says.Delta("Hello"),
            new ProviderEvent.AnnotationAdded(0, 0, citation),
            new ProviderEvent.PartDone(0, 0, new MessagePart("Hello", Refusal: false, [citation])));

        Assert.Equal(
            [
                """{"type":"assistant_message.content_part.added","content_index":0,"content":{"annotations":[],"text":"","type":"output_text"}}""",
                """{"type":"assistant_message.content_part.text_delta","content_index":0,"delta":"Hello"}""",
                """{"type":"assistant_message.content_part.annotation_added","content_index":0,"annotation_index":0,"annotation":{"type":"annotation","source":{"type":"file","filename":"a.txt","title":"a.txt"},"index":5}}""",
                """{"type":"assistant_message.content_part.done","content_index":0,"content":{"annotations":[{"type":"annotation","source":{"type":"file","filename":"a.txt","title":"a.txt"},"index":5}],"text":"Hello","type":"output_text"}}""",
            ],
            (await bench.ReadAsync()).Events.Skip(1).Select(static one => one["update"]!.ToJsonString()));
    }

    [Fact]
    public async Task Case85_Map_SeveralCitationsAndParts_KeepsThemInTheFinalItem()
    {
        await using var bench = new TurnBench();
        Annotation[] citations =
            [new Annotation.File("f", 0), new Annotation.Url("u", "https://u.example/", 3), new Annotation.File("", 1), new Annotation.File("c", null)];

        bench.Map(
            new ProviderEvent.HostedStarted(0, HostedTool.Other),
            Says.Delta("one", 1),
            Says.Delta("two", 1, 1),
            MessageDone(1, new MessagePart("one", Refusal: false, citations), Part("two")));

        var content = (await bench.ReadAsync()).Item("assistant_message")["content"]!.AsArray();
        Assert.Equal(["f", "u", "c"], content[0]!["annotations"]!.AsArray().Select(static a => (string?)a!["source"]!["title"]));
        Assert.Equal("two", (string?)content[1]!["text"]);
        Assert.Empty(content[1]!["annotations"]!.AsArray());
    }

    [Fact]
    public async Task Map_ADroppedCitation_LeavesNoGapInTheCount()
    {
        await using var bench = new TurnBench();

        bench.Map(
            Says.Delta("x"),
            new ProviderEvent.AnnotationAdded(0, 0, new Annotation.File("", 1)),
            new ProviderEvent.AnnotationAdded(0, 0, new Annotation.File("a", 1)));

        var update = Assert.Single((await bench.ReadAsync()).Updates("assistant_message.content_part.annotation_added"));
        Assert.Equal(0, (int)update["annotation_index"]!);
    }

    [Fact]
    public async Task Map_AProvidersGapInPartNumbers_IsClosed()
    {
        await using var bench = new TurnBench();

        bench.Map(Says.Delta("a", 0, 0), Says.Delta("b", 0, 2), Says.Delta("c", 0, 0));

        var stream = await bench.ReadAsync();
        Assert.Equal(
            ["0:a", "1:b", "0:c"],
            stream.Updates("assistant_message.content_part.text_delta").Select(static u => $"{(int)u["content_index"]!}:{(string?)u["delta"]}"));
        Assert.Equal(2, stream.Updates("assistant_message.content_part.added").Count());
    }

    [Fact]
    public async Task Case87_Map_ReasoningThenAMessage_EndsTheWorkflowFirst()
    {
        await using var bench = new TurnBench();

        bench.Map(Says.Thoughts(0, "first", "second"));
        bench.Clock.Advance(TimeSpan.FromSeconds(7.9));
        bench.Map(Says.Message(1, "answer"));

        var stream = await bench.ReadAsync();
        var workflow = stream.Item("workflow")["workflow"]!;
        Assert.Equal("thread.item.added:workflow", stream.Outline[0]);
        Assert.True(
            Array.IndexOf(stream.Outline, "thread.item.done:workflow") < Array.IndexOf(stream.Outline, "thread.item.added:assistant_message"));
        Assert.Equal("""{"duration":7}""", workflow["summary"]!.ToJsonString());
        Assert.Equal("reasoning", (string?)workflow["type"]);
        Assert.False((bool)workflow["expanded"]!);
        Assert.Equal(["first", "second"], workflow["tasks"]!.AsArray().Select(static task => (string?)task!["content"]));
    }

    [Fact]
    public async Task Map_Searches_BecomeTasksWithTheirSources()
    {
        await using var bench = new TurnBench();

        bench.Map(
            new ProviderEvent.HostedStarted(0, HostedTool.WebSearch),
            new ProviderEvent.HostedDone(0, HostedTool.WebSearch, new HostedDetail(["q1", "q2"], [new HostedSource("https://a.example/", "A"), new HostedSource(null, "file")], "t")),
            new ProviderEvent.HostedStarted(1, HostedTool.FileSearch),
            new ProviderEvent.HostedDone(1, HostedTool.FileSearch, new HostedDetail([], [new HostedSource(null, "a.pdf")], null)));
        bench.Map(Says.Message(2, "answer"));

        var tasks = (await bench.ReadAsync()).Item("workflow")["workflow"]!["tasks"]!.AsArray();
        Assert.Equal("web_search", (string?)tasks[0]!["type"]);
        Assert.Equal(("q1", "complete"), ((string?)tasks[0]!["title_query"], (string?)tasks[0]!["status_indicator"]));
        Assert.Equal("https://a.example/", (string?)Assert.Single(tasks[0]!["sources"]!.AsArray())!["url"]);
        Assert.Equal("a.pdf", (string?)tasks[1]!["sources"]![0]!["filename"]);
    }

    [Theory]
    [InlineData(nameof(HostedTool.CodeInterpreter))]
    [InlineData(nameof(HostedTool.Mcp))]
    public async Task Map_OtherHostedTools_AreStepsThatEnd(string name)
    {
        await using var bench = new TurnBench();
        var tool = Enum.Parse<HostedTool>(name);

        bench.Map(new ProviderEvent.HostedStarted(0, tool), new ProviderEvent.HostedDone(0, tool, HostedDetail.Empty));
        bench.Workflow.Close();

        var task = Assert.Single((await bench.ReadAsync()).Item("workflow")["workflow"]!["tasks"]!.AsArray())!;
        Assert.Equal("custom", (string?)task["type"]);
        Assert.Equal("complete", (string?)task["status_indicator"]);
        Assert.False(string.IsNullOrEmpty((string?)task["title"]));
    }

    [Fact]
    public async Task Case88_Map_AnImageWithPreviews_IsOneItem()
    {
        await using var bench = new TurnBench();

        bench.Map(
            new ProviderEvent.HostedStarted(0, HostedTool.ImageGeneration),
            new ProviderEvent.ImagePartial(0, "ig_1", 0, "data:image/png;base64,AA=="),
            new ProviderEvent.ImagePartial(0, "ig_1", 1, "data:image/png;base64,BB=="),
            new ProviderEvent.ImageDone(0, "ig_1", "data:image/png;base64,CC=="),
            new ProviderEvent.HostedDone(0, HostedTool.ImageGeneration, HostedDetail.Empty));

        var stream = await bench.ReadAsync();
        Assert.Equal(
            ["thread.item.added:generated_image", "thread.item.updated:generated_image.updated", "thread.item.updated:generated_image.updated", "thread.item.done:generated_image"],
            stream.Outline);
        Assert.Null(stream.First["item"]!["image"]);
        Assert.Equal((string?)stream.First["item"]!["id"], (string?)stream.Last["item"]!["id"]);
        Assert.Equal("""{"id":"ig_1","url":"data:image/png;base64,CC=="}""", stream.Last["item"]!["image"]!.ToJsonString());
        Assert.All(stream.Updates("generated_image.updated"), static update => Assert.InRange((double)update["progress"]!, 0, 1));
    }

    [Fact]
    public async Task Map_AnImageThatNeverCame_IsTakenBack()
    {
        await using var bench = new TurnBench();

        bench.Map(
            new ProviderEvent.HostedStarted(0, HostedTool.ImageGeneration),
            new ProviderEvent.HostedDone(0, HostedTool.ImageGeneration, HostedDetail.Empty));

        Assert.Equal(["thread.item.added", "thread.item.removed"], (await bench.ReadAsync()).Types);
        Assert.Equal(0, bench.Thread.Count);
    }

    [Fact]
    public async Task Case93_Map_ARefusal_StreamsAndIsKept()
    {
        await using var bench = new TurnBench();
        var part = new MessagePart("I cannot.", Refusal: true, []);

        bench.Map(
            new ProviderEvent.MessageStarted(0, null),
            new ProviderEvent.TextDelta { Refusal = true, Utf8 = "I can"u8.ToArray() },
            new ProviderEvent.TextDelta { Refusal = true, Utf8 = "not."u8.ToArray() },
            MessageDone(0, part));

        var stream = await bench.ReadAsync();
        Assert.Equal("I cannot.", stream.Deltas);
        Assert.Equal("I cannot.", (string?)stream.Item("assistant_message")["content"]![0]!["text"]);
    }

    [Fact]
    public async Task Map_AFunctionCall_ShowsNothingAndKeepsItsReasoning()
    {
        await using var bench = new TurnBench();

        bench.Map(
            new ProviderEvent.ReasoningDone(0, "{}"u8.ToArray(), "o"),
            new ProviderEvent.ToolCallDone(1, "fc_1", "call_1", "f", "{}"),
            new ProviderEvent.ToolCallDone(2, "fc_2", "call_2", "g", "{}"));

        Assert.Empty((await bench.ReadAsync()).Events);
        Assert.Equal([1, 0], bench.Mapper.Calls.Select(static call => call.Reasoning.Count));
    }

    [Fact]
    public async Task Map_AnApproval_IsANotice()
    {
        await using var bench = new TurnBench();

        bench.Map(new ProviderEvent.ApprovalRequested(0, "server", "tool"));

        Assert.Equal("warning", (string?)(await bench.ReadAsync()).Last["level"]);
    }

    private static MessagePart Part(string text) => new(text, Refusal: false, []);

    private static ProviderEvent MessageDone(int output, params MessagePart[] parts) =>
        new ProviderEvent.MessageDone(output, parts, Phase: null, Incomplete: false);
}
