using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

public sealed class ChatTurnTests
{
    private const string Oslo = """{\"location\":\"Oslo\"}""";
    private const string Lima = """{\"location\":\"Lima\"}""";

    /// <summary>The ways in which servers send two calls; each row is the deltas' <c>tool_calls</c>.</summary>
    public static TheoryData<string, string[]> Shapes => new()
    {
        { "one after the other", [Call(0, "a", "get_weather", ""), Args(0, Oslo), Call(1, "b", "get_weather", ""), Args(1, Lima)] },
        { "interleaved", [Call(0, "a", "get_weather", ""), Call(1, "b", "get_weather", ""), Args(1, Lima[..5]), Args(0, Oslo), Args(1, Lima[5..])] },
        { "index used again", [Call(0, "a", "get_weather", Oslo), Call(0, "b", "get_weather", Lima)] },
        { "no index", [Call(null, "a", "get_weather", Oslo), Call(null, "b", "get_weather", Lima)] },
        { "no index, split", [Call(null, "a", "get_weather", Oslo[..6]), Args(null, Oslo[6..]), Call(null, "b", "get_weather", Lima[..6]), Args(null, Lima[6..])] },
        { "no index, no id", [Call(null, null, "get_weather", Oslo), Call(null, null, "get_weather", Lima)] },
        { "no index, empty id", [Call(null, "", "get_weather", Oslo), Call(null, "", "get_weather", Lima)] },
        { "empty name later", [Call(0, "a", "get_weather", ""), Call(0, null, "", Oslo), Call(1, "b", "get_weather", ""), Call(1, null, "", Lima)] },
        { "id and name each time", [Call(0, "a", "get_weather", Oslo[..6]), Call(0, "a", "get_weather", Oslo[6..]), Call(1, "b", "get_weather", Lima[..6]), Call(1, "b", "get_weather", Lima[6..])] },
        { "two indexes, one id", [Call(0, "a", "get_weather", Oslo), Call(1, "a", "get_weather", Lima)] },
        { "no ids", [Call(0, null, "get_weather", Oslo), Call(1, null, "get_weather", Lima)] },
        { "no ids, index zero", [Call(0, null, "get_weather", Oslo), Call(0, null, "get_weather", Lima)] },
        { "name repeated at the end", [Call(0, "a", "get_weather", Oslo), Call(0, null, "get_weather", ""), Call(1, "b", "get_weather", Lima), Call(1, null, "get_weather", "")] },
        { "name second", [Call(0, "a", null, ""), Call(0, null, "get_weather", Oslo), Call(1, "b", null, ""), Call(1, null, "get_weather", Lima)] },
        { "id second", [Call(0, null, "get_weather", ""), Call(0, "a", null, Oslo), Call(1, null, "get_weather", ""), Call(1, "b", null, Lima)] },
        { "first index is one", [Call(1, "a", "get_weather", Oslo), Call(2, "b", "get_weather", Lima)] },
        { "arguments as objects", [Object(0, "a", """{"location":"Oslo"}"""), Object(1, "b", """{"location":"Lima"}""")] },
        { "nulls", ["null", "[null]", """[{"index":0,"id":"a","function":{"name":"get_weather","arguments":null}}]""", Args(0, Oslo), Call(1, "b", "get_weather", Lima)] },
        { "glued together", [Call(0, null, "get_weather", Oslo + Lima)] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ToolCalls_OfAnyShape_AreTwo(string shape, string[] deltas)
    {
        var transcript = Replay.Chat([
            .. deltas.Select(calls => Delta($"\"tool_calls\":{calls}")),
            Finish("tool_calls"),
            "[DONE]"]);

        Assert.Equal(
            ["get_weather {\"location\":\"Oslo\"}", "get_weather {\"location\":\"Lima\"}"],
            transcript.All<ProviderEvent.ToolCallDone>().Select(call => $"{call.Name} {call.Arguments}"));
        Assert.Equal("completed ToolCalls", transcript.Lines.Split('\n')[^1]);
        Assert.NotEmpty(shape);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void ToolCall_WithMembersOfItsOwn_KeepsThem()
    {
        var transcript = Replay.Text("chat-gemini", Fixture.Text("chat-gemini"));

        var calls = transcript.All<ProviderEvent.ToolCallDone>().ToList();

        Assert.Equal(
            """{"extra_content":{"google":{"thought_signature":"Cq4BAdHtim8="}}}""",
            Encoding.UTF8.GetString(calls[0].Extras!.Json.Span));
        Assert.Equal(Replay.Origin, calls[0].Extras!.Origin);
        Assert.Null(calls[1].Extras);
    }

    [Theory]
    [InlineData("length", "Length")]
    [InlineData("MAX_TOKENS", "Length")]
    [InlineData("content_filter", "ContentFilter")]
    [InlineData("SAFETY", "ContentFilter")]
    [InlineData("stop", "Stop")]
    [InlineData("eos", "Stop")]
    public void FinishReason_OfAnyProvider_IsUnderstood(string reason, string expected)
    {
        var transcript = Replay.Chat(Text("Hi"), Finish(reason), "[DONE]");

        Assert.Equal("completed " + expected, transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public void ToolCall_CutByALimit_DoesNotRun()
    {
        var transcript = Replay.Chat(
            Delta("\"tool_calls\":" + Call(0, "a", "get_weather", "{\\\"loc")), Finish("length"), "[DONE]");

        Assert.Empty(transcript.All<ProviderEvent.ToolCallDone>());
        Assert.Equal("completed Length", transcript.Lines.Split('\n')[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("role")]
    [InlineData("done")]
    public void Answer_WithoutFinishReason_Counts(string variation)
    {
        var end = variation == "done" ? new[] { "[DONE]" } : [Finish("stop")];
        var start = variation == "role" ? Delta("\"role\":\"\",\"content\":null,\"tool_calls\":[],\"refusal\":false") : "{}";

        var transcript = Replay.Chat([start, Text("Hi"), .. end]);

        Assert.Equal("Hi", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public void Text_AfterTheFinish_StillCounts()
    {
        var transcript = Replay.Chat(Text("Hi"), Finish("stop"), Text("!"), "[DONE]");

        Assert.Equal("Hi!", transcript.Text);
    }

    [Fact]
    public void Reasoning_SentUnderBothNames_CountsOnce()
    {
        var transcript = Replay.Chat(
            Delta("\"reasoning\":\"Hm\",\"reasoning_content\":\"Hm\""), Text("Hi"), Finish("stop"), "[DONE]");

        Assert.Equal("Hm", transcript.All<ProviderEvent.ReasoningPartDone>().Single().Text);
    }

    [Fact]
    public void OtherChoices_AreIgnored()
    {
        var transcript = Replay.Chat(
            """{"choices":[{"index":0,"delta":{"content":"A"}},{"index":1,"delta":{"content":"B"}}]}""",
            """{"choices":[{"index":1,"delta":{"content":"B"},"finish_reason":"length"}]}""",
            Finish("stop"),
            "[DONE]");

        Assert.Equal("A", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public void Annotations_OfSearchModels_AreNested()
    {
        var transcript = Replay.Chat(
            Text("See it"),
            Delta("""
                "annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":3,"title":"T","url":"https://a.example/"}}]
                """),
            Finish("stop"),
            "[DONE]");

        Assert.Equal("T https://a.example/ @3", transcript.Lines.Split('\n')[3]["cite 0/0 ".Length..]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData(": comment\n\n")]
    [InlineData("data: {\"choices\":[]}\n\n")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n")]
    [InlineData("data: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n")]
    public void Answer_OfNothing_IsAFailure(string stream)
    {
        var transcript = Replay.Run(ProviderApi.ChatCompletions, Encoding.UTF8.GetBytes(stream));

        Assert.True(transcript.Failure.Retryable);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void OddFrames_CutAnywhere_GiveTheSameEvents()
    {
        var frames = Encoding.UTF8.GetBytes(
            "data: " + Text("Hé") + "\n\ndata: " + Delta("\"content\":7") + "\n\ndata: "
            + Delta("\"tool_calls\":" + Call(0, "a", "get_weather", "{}")) + "\n\ndata: "
            + Delta("\"tool_calls\":" + Args(0, Oslo)) + "\n\ndata: " + Finish("stop") + "\ndata: [DONE]\n\n");
        var whole = Replay.Run(ProviderApi.ChatCompletions, frames);

        Assert.Equal("Hé7", whole.Text);
        for (var cut = 1; cut < frames.Length; cut++)
        {
            Assert.Equal(
                whole.All<ProviderEvent.ToolCallDone>().Single().Arguments,
                Replay.Run(ProviderApi.ChatCompletions, frames, cut, frames.Length).All<ProviderEvent.ToolCallDone>().Single().Arguments);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Calls_OfASecondChoice_CountIfTheFirstHasNone(int index)
    {
        var second = $"{{\"index\":{index},\"delta\":{{\"tool_calls\":{Call(0, "a", "get_weather", Oslo)}}}}}";
        var transcript = Replay.Chat(
            "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"}}," + second + "]}", Finish("tool_calls"), "[DONE]");

        Assert.Equal("A", transcript.Text);
        Assert.Equal("{\"location\":\"Oslo\"}", transcript.All<ProviderEvent.ToolCallDone>().Single().Arguments);
    }

    [Fact]
    public void Text_InHalfCharacters_IsJoined()
    {
        var transcript = Replay.Chat(Text("\\ud83c"), Text("\\udf1f"), Finish("stop"), "[DONE]");

        Assert.Equal("🌟", transcript.Text);
        Promises.Check(transcript.Events);
    }

    private static string Delta(string members) =>
        """{"choices":[{"index":0,"delta":{""" + members + """},"finish_reason":null}]}""";

    private static string Text(string escaped) => Delta($"\"content\":\"{escaped}\"");

    private static string Finish(string reason) => $$"""{"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""";

    private static string Args(int? index, string arguments) => Call(index, null, null, arguments);

    private static string Call(int? index, string? id, string? name, string arguments)
    {
        var at = index is null ? "" : $"\"index\":{index},";
        var own = id is null ? "" : $"\"id\":\"{id}\",";
        var called = name is null ? "" : $"\"name\":\"{name}\",";
        return $"[{{{at}{own}\"function\":{{{called}\"arguments\":\"{arguments}\"}}}}]";
    }

    private static string Object(int index, string id, string arguments) =>
        $$$"""[{"index":{{{index}}},"id":"{{{id}}}","function":{"name":"get_weather","arguments":{{{arguments}}} } }]""";
}
