using System.Text;
using static AotSidecar.NativeTests.Providers.ChatFrames;

namespace AotSidecar.NativeTests.Providers;

/// <summary>Peculiarities of providers that once made answers wrong or late.</summary>
public sealed class ReaderFaultTests
{
    public static TheoryData<string, string, string[]> Texts => new()
    {
        { "a number as content", "1 + 1 = 2.50", [Text("1 + 1 = "), Chunk("\"content\":2.50"), Finish("stop"), Done] },
        { "a boolean as content", "true", [Chunk("\"content\":true"), Finish("stop"), Done] },
        { "an object as content", """{"a": 1}""", [Chunk("""
            "content":{"a": 1}
            """.Trim()), Finish("stop"), Done] },
        { "a whole message at the end", "Hello", [Text("Hel"), Text("lo"), Finish("stop"), Message("\"content\":\"Hello\"", "stop"), Done] },
        { "a whole message with more", "Hello", [Text("Hel"), Message("\"content\":\"Hello\"", "stop"), Done] },
        { "a whole message alone", "Hello", [Message("\"content\":\"Hello\"", "stop"), Done] },
        { "one line end before the end", "Hello", [Text("Hello"), Finish("stop")[..^1], Done] },
        { "two choices of one index", "Hello", ["data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}},{\"index\":0,\"delta\":{\"content\":null},\"finish_reason\":\"stop\"}]}\n\n", Done] },
        { "the usage instead of a reason", "Hello", [Text("Hello"), "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\n"] },
        { "a leading line end", "\n\nHello", [Text("\n"), Text("\nHello"), Finish("stop"), Done] },
        { "thoughts of a server that leaves them in", "Hello", [Text("<think>Hm"), Text("</think>Hello"), Finish("stop"), Done] },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Text_SentInAnyWay_IsShownOnce(string way, string text, string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(ProviderStage.Plays(frames));

        var stream = await stage.SayAsync();

        Assert.True(stream.Error is null, way);
        Assert.Equal(text, stream.Deltas);
    }

    /// <summary>A gateway that gathers sends much at once after its head.</summary>
    [Fact]
    public async Task Stream_ThatBeginsWithMuchAtOnce_IsRead()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await Deadline.Passes(TimeSpan.FromMilliseconds(20));
            await exchange.EventAsync(string.Concat(Enumerable.Repeat(Text("Hello "), 100)) + Finish("stop") + Done);
            await exchange.EndStreamAsync();
        });

        var stream = await stage.SayAsync();

        Assert.Null(stream.Error);
        Assert.Equal(string.Concat(Enumerable.Repeat("Hello ", 100)), stream.Deltas);
    }

    [Theory]
    [InlineData("stop", null)]
    [InlineData("stop", ": heartbeat\n\n")]
    [InlineData("tool_calls", null)]
    [InlineData("tool_calls", ": heartbeat\n\n")]
    [InlineData("tool_calls", "data: {\"choices\":[]}\n\n")]
    public async Task Stream_ThatDoesNotEndAfterItsFinish_IsOver(string reason, string? beat)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            async exchange =>
            {
                await exchange.BeginStreamAsync();
                await exchange.EventAsync((reason == "stop" ? Text("Hello") : Begin(0, "call_a", "add_note", "{}")) + Finish(reason));
                while (!exchange.ClientClosed.IsCompleted)
                {
                    await Task.WhenAny(exchange.ClientClosed, Deadline.Passes(TimeSpan.FromMilliseconds(100)));
                    await (beat is null || exchange.ClientClosed.IsCompleted ? Task.CompletedTask : exchange.EventAsync(beat));
                }
            },
            ProviderStage.Plays(Text("Hello"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.Equal((null, "Hello"), (stream.Error?.ToJsonString(), stream.Deltas));
        Assert.Equal(reason == "stop" ? 0 : 1, stage.Ran.Count);
    }

    [Fact]
    public async Task BlankText_BeforeACall_IsNoBubbleAndNotSentBack()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            ProviderStage.Plays(Text("\n\n"), Begin(0, "call_a", "add_note", "{}"), Finish("tool_calls"), Done),
            ProviderStage.Plays(Text("Hello"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.Equal("Hello", stream.Deltas);
        Assert.Single(stream.Events, static one => (string?)one["type"] == "thread.item.done" && (string?)one["item"]!["type"] == "assistant_message");
        Assert.DoesNotContain("\\n\\n", stage.Provider.Requests[1].Json["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public async Task Stream_UnderAnotherType_IsAStream(string type)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(exchange => exchange.ReplyAsync(200, Text("Hello") + Finish("stop") + Done, $"Content-Type: {type}\r\n"));

        Assert.Equal("Hello", (await stage.SayAsync()).Deltas);
    }

    [Fact]
    public async Task Document_UnderTheTypeOfAStream_IsADocument()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(exchange => exchange.ReplyAsync(
            200, """{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}""", "Content-Type: text/event-stream\r\n"));

        Assert.Equal("Hello", (await stage.SayAsync()).Deltas);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(2 << 20)]
    public async Task Picture_BetweenTwoTexts_IsShownAndBothTextsStay(int size)
    {
        var url = "data:image/png;base64," + new string('A', size);
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(ProviderStage.Plays(
            Text("before "), Chunk($$$"""
                "images":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]
                """.Trim()), Text("after"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.Equal((null, "before after"), (stream.Error?.ToJsonString(), stream.Deltas));
        var picture = stream.Events.Single(static one => (string?)one["type"] == "thread.item.done" && (string?)one["item"]!["type"] == "generated_image");
        Assert.Equal(url, (string?)picture["item"]!["image"]!["url"]);
    }

    [Fact]
    public async Task Frames_OfAllThis_CutAtEachByte_ShowTheSame()
    {
        var frames = Encoding.UTF8.GetBytes(Text("Hé") + Chunk("\"content\":7") + Finish("stop")[..^1] + Done);
        await using var stage = await ProviderStage.StartAsync();
        for (var cut = 1; cut < frames.Length; cut += 7)
        {
            stage.Script(async exchange =>
            {
                await exchange.BeginStreamAsync();
                await exchange.ChunkAsync(frames.AsMemory(0, cut));
                await exchange.ChunkAsync(frames.AsMemory(cut));
                await exchange.EndStreamAsync();
            });

            Assert.Equal("Hé7", (await stage.SayAsync()).Deltas);
        }
    }
}
