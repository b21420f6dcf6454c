using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: from the provider's recordings to the page's events.</summary>
public sealed class ConformanceTestsOfTheMapping(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Case83And85_TextWithACitation_KeepsItToTheFinalItem()
    {
        stage.Play(Stage.Recording("resp-file-search"));

        using var stream = await stage.CreateAsync();

        string[] updates = [.. stream.Events.Select(item => (string?)item["update"]?["type"]).OfType<string>().Where(type => type.StartsWith("assistant", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(
            [
                "assistant_message.content_part.added",
                "assistant_message.content_part.text_delta",
                "assistant_message.content_part.annotation_added",
                "assistant_message.content_part.done",
            ],
            updates);
        var content = Done(stream, "assistant_message")["content"]![0]!;
        Assert.Equal(stream.Deltas, (string?)content["text"]);
        Assert.Equal("foods.txt", (string?)Assert.Single(content["annotations"]!.AsArray())!["source"]!["filename"]);
        Assert.Equal("file", (string?)Done(stream, "workflow")["workflow"]!["tasks"]![0]!["type"]);
    }

    /// <summary>Citations of every kind that only the finished item names, and a second part without any.</summary>
    [Fact]
    public async Task Case85_AFinishedMessage_KeepsThreeOfItsFourAnnotations()
    {
        stage.Play(Stage.Events(
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_85","type":"message","content":[]}}""",
            """{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"one two"}""",
            """{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"one two"}""",
            """
            {"type":"response.output_item.done","output_index":0,"item":{"id":"msg_85","type":"message","content":[
             {"type":"output_text","text":"one two","annotations":[
              {"type":"file_citation","file_id":"f","filename":"a.pdf","index":3},
              {"type":"container_file_citation","container_id":"c","file_id":"f","filename":"b.csv","start_index":0,"end_index":3},
              {"type":"url_citation","url":"https://c.example","title":"C","start_index":4,"end_index":7},
              {"type":"file_path","file_id":"f","index":1}]},
             {"type":"output_text","text":"plain","annotations":[]}]}}
            """));

        using var stream = await stage.CreateAsync();

        var content = Done(stream, "assistant_message")["content"]!;
        Assert.Equal("msg_85", (string?)Done(stream, "assistant_message")["id"]);
        Assert.Equal(
            ["a.pdf 3", "b.csv 3", "https://c.example 7"],
            content[0]!["annotations"]!.AsArray().Select(one => $"{(string?)one!["source"]!["filename"] ?? (string?)one["source"]!["url"]} {(int)one["index"]!}"));
        Assert.Equal(("plain", 0), ((string?)content[1]!["text"], content[1]!["annotations"]!.AsArray().Count));
        Assert.Equal(3, stream.Events.Count(item => (string?)item["update"]?["type"] == "assistant_message.content_part.annotation_added"));
    }

    [Fact]
    public async Task Case87_Reasoning_IsAWorkflowThatEndsBeforeTheAnswer()
    {
        stage.Play(Stage.Recording("resp-reasoning"));

        using var stream = await stage.CreateAsync();

        var order = stream.Events.Select(item => $"{(string)item["type"]!} {(string?)item["item"]?["type"]}").ToList();
        Assert.True(order.IndexOf("thread.item.done workflow") < order.IndexOf("thread.item.added assistant_message"));
        var workflow = Done(stream, "workflow")["workflow"]!;
        Assert.Equal("reasoning", (string?)workflow["type"]);
        Assert.False((bool)workflow["expanded"]!);
        Assert.NotNull(workflow["summary"]!["duration"]);
        Assert.Equal(2, workflow["tasks"]!.AsArray().Count);
    }

    [Fact]
    public async Task Case88_AnImage_IsOneItemFromItsPreviewsToItsEnd()
    {
        stage.Play(Stage.Recording("resp-image"));

        using var stream = await stage.CreateAsync();

        var added = stream.Events.Single(item => (string?)item["type"] == "thread.item.added" && (string?)item["item"]!["type"] == "generated_image")["item"]!;
        var previews = stream.Events.Where(item => (string?)item["update"]?["type"] == "generated_image.updated").ToList();
        var done = Done(stream, "generated_image");
        Assert.Null(added["image"]);
        Assert.NotEmpty(previews);
        Assert.All(previews, item => Assert.Equal((string?)added["id"], (string?)item["item_id"]));
        Assert.Equal((string?)added["id"], (string?)done["id"]);
        Assert.StartsWith("data:image/", (string?)done["image"]!["url"]);
    }

    [Fact]
    public async Task Case90_AClientToolCall_HasTheProvidersIds()
    {
        stage.Play(Stage.Calls("get_weather", "{}"));

        using var stream = await stage.CreateAsync();

        var call = Done(stream, "client_tool_call");
        Assert.Equal(("fc_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "call_abc123"), ((string?)call["id"], (string?)call["call_id"]));
    }

    [Fact]
    public async Task Case91_StatesOfAWidget_AreSentAsTheirDifferences()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(
            thread,
            [.. new[] { "", "Hel", "Hello,", "Hello,", "Hello, world" }.Select(value => Stage.Item("added", Stage.Widget("w_91", value))),
                Stage.Item("done", Stage.Widget("w_91", "Hello, world"))]);
        using var rewritten = await stage.YieldAsync(
            thread, Stage.Item("added", Stage.Widget("w_91b", "one")), Stage.Item("added", Stage.Widget("w_91b", "two")), Stage.Item("done", Stage.Widget("w_91b", "two")));

        Assert.Equal(
            ["stream_options", "thread.item.added", "thread.item.updated", "thread.item.updated", "thread.item.updated", "thread.item.done"], stream.Types);
        Assert.Equal("Hello, world", stream.Deltas);
        Assert.Equal("widget.root.updated", (string?)rewritten.Events[2]["update"]!["type"]);
    }

    [Fact]
    public async Task Case93_ARefusal_StreamsAndIsTheFinalText()
    {
        stage.Play(Stage.Recording("resp-refusal"));

        using var stream = await stage.CreateAsync();

        Assert.NotEmpty(stream.Deltas);
        Assert.Equal(stream.Deltas, (string?)Done(stream, "assistant_message")["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData("resp-failed-only")]
    [InlineData("resp-failed-quota")]
    [InlineData("resp-failed-context")]
    [InlineData("resp-error-midstream")]
    [InlineData("resp-cancelled-cut")]
    public async Task Case94_AFailedResponse_IsOneErrorAndNoItemIsLeftOpen(string recording)
    {
        stage.Play(Stage.Recording(recording));

        using var stream = await stage.CreateAsync();

        Assert.NotNull(stream.Error);
        var ended = stream.Events.Where(item => (string?)item["type"] is "thread.item.done" or "thread.item.removed")
            .Select(item => (string?)item["item"]?["id"] ?? (string?)item["item_id"]).ToHashSet();
        Assert.All(
            stream.Events.Where(item => (string?)item["type"] == "thread.item.added"), item => Assert.Contains((string?)item["item"]!["id"], ended));
        Assert.True(stream.EndedCleanly);
    }

    [Fact]
    public async Task ATool_PutsItsWidgetIntoTheRunningTurn()
    {
        stage.ToolResult = $$"""{"content":[{"type":"text","text":"shown"}],"events":[{{Stage.Item("done", Stage.Widget("w_tool", "v"))}}]}""";
        stage.Play(Stage.Calls("show", "{}"), Stage.Words("there"));

        using var stream = await stage.CreateAsync();

        Assert.Equal("w_tool", (string?)Done(stream, "widget")["id"]);
        Assert.Equal("there", stream.Deltas);
        Assert.Equal("custom", (string?)Done(stream, "workflow")["workflow"]!["tasks"]![0]!["type"]);
    }

    private static JsonNode Done(ChatStream stream, string type) =>
        stream.Events.Single(item => (string?)item["type"] == "thread.item.done" && (string?)item["item"]!["type"] == type)["item"]!;
}
