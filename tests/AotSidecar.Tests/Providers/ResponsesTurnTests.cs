using System.Text.Json.Nodes;
using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>Servers that deviate from the recorded streams, each in one way, and still say the same.</summary>
public sealed class ResponsesTurnTests
{
    [Fact]
    public void Text_WithTypeLastInEveryObject_GivesTheSameEvents() =>
        AssertSame("resp-text", Edit("resp-text", json => Reverse(json)!.AsObject()));

    [Fact]
    public void Text_WithoutSequenceNumbers_GivesTheSameEvents() =>
        AssertSame("resp-text", Edit("resp-text", json => Without(json, "sequence_number")));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Text_WithEqualSequenceNumbers_GivesTheSameEvents(int number) =>
        AssertSame("resp-text", Edit("resp-text", json => With(json, "sequence_number", number)));

    [Fact]
    public void Text_WithDescendingSequenceNumbers_GivesTheSameEvents()
    {
        var next = 1000;

        AssertSame("resp-text", Edit("resp-text", json => With(json, "sequence_number", next--)));
    }

    [Fact]
    public void Text_WithEveryEventTwice_GivesTheSameEvents() =>
        AssertSame("resp-text", Fixture.Events("resp-text").SelectMany(lines => new[] { lines, lines }));

    [Fact]
    public void Text_WithAnotherItemIdInEachEvent_GivesTheSameEvents() =>
        AssertSame("resp-text", Edit("resp-text", json =>
        {
            if (json["item_id"] is not null)
            {
                json["item_id"] = Guid.NewGuid().ToString();
            }

            return json;
        }));

    [Fact]
    public void Text_WithoutAnyIndex_GivesTheSameEvents() =>
        AssertSame("resp-text", Edit("resp-text", json => Without(Without(json, "output_index"), "content_index")));

    [Theory]
    [InlineData("response.output_item.added")]
    [InlineData("response.content_part.added")]
    [InlineData("response.output_text.done")]
    [InlineData("response.output_item.done")]
    [InlineData("response.created")]
    public void Text_WithoutOneKindOfEvent_GivesTheSameEvents(string type) =>
        AssertSame("resp-text", Fixture.Events("resp-text").Where(lines => !Fixture.IsType(lines, type)));

    [Fact]
    public void Text_OnlyInTheFinalResponse_IsFilledIn()
    {
        var transcript = Replay.Responses(Fixture.Events("resp-text").Where(lines =>
            Fixture.IsType(lines, "response.created") || Fixture.IsType(lines, "response.completed")));

        Assert.Equal("Hello! Grüße from 東京 🌟.", transcript.Text);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void Text_WithEmptyFinalOutput_GivesTheSameEvents() =>
        AssertSame("resp-text", Edit("resp-text", json =>
        {
            if (json["response"] is JsonObject response)
            {
                response["output"] = new JsonArray();
            }

            return json;
        }));

    [Fact]
    public void Text_OfOneMillionBytes_Arrives()
    {
        var text = new string('x', 1_000_000);

        var transcript = Replay.Responses([Created, Delta(text), Completed]);

        Assert.Equal(text, transcript.Text);
        Assert.IsType<ProviderEvent.Completed>(transcript.Events[^1]);
    }

    [Fact]
    public void Text_OfTenThousandPieces_Arrives()
    {
        var transcript = Replay.Responses([Created, .. Enumerable.Repeat(Delta("x"), 10_000), Completed]);

        Assert.Equal(10_000, transcript.All<ProviderEvent.TextDelta>().Count());
        Assert.Equal(new string('x', 10_000), transcript.Text);
    }

    [Fact]
    public void Text_OfFiveMebibytesInOneEvent_IsRefused()
    {
        var transcript = Replay.Responses([Created, Delta("a"), Delta(new string('x', 5 << 20)), Completed]);

        Assert.Equal("upstream_event_too_large", transcript.Failure.Code);
        Assert.True(transcript.All<ProviderEvent.MessageDone>().Single().Incomplete);
    }

    [Theory]
    [InlineData("""\ud83c""", """\udf1f!""", "🌟!")]
    [InlineData("""a\ud83c""", """b""", "a\uFFFDb")]
    [InlineData("""\ud83c""", """\ud83c\udf1f""", "\uFFFD🌟")]
    [InlineData("""\udf1f""", """\n\t\"\\\/""", "\uFFFD\n\t\"\\/")]
    [InlineData("""x""", """\ud83c""", "x\uFFFD")]
    public void Text_WithHalfSurrogates_IsJoinedOrReplaced(string first, string second, string expected)
    {
        var transcript = Replay.Responses([Created, RawDelta(first), RawDelta(second), Completed]);

        Assert.Equal(expected, transcript.Text);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void Text_WithBytesThatAreNoUtf8_IsReplaced()
    {
        var bytes = Encoding.UTF8.GetBytes(Fixture.Join([Created, Delta("a?b"), Completed]));
        bytes[Array.IndexOf(bytes, (byte)'?')] = 0xFF;

        var transcript = Replay.Run(ProviderApi.Responses, bytes);

        Assert.Equal("a\uFFFDb", transcript.Text);
    }

    [Fact]
    public void Text_LongerInTheFinishedItem_IsCompleted()
    {
        var transcript = Replay.Responses([
            Created,
            Delta("Hel"),
            """data: {"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hello"}""",
            Completed]);

        Assert.Equal("Hello", transcript.Text);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void OneBrokenEvent_IsSkipped()
    {
        var events = Fixture.Events("resp-text");
        events[5] = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"";

        var transcript = Replay.Responses(events);

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void TwoBrokenEvents_EndTheTurn()
    {
        var events = Fixture.Events("resp-text");
        events[5] = events[6] = "data: {]";

        var transcript = Replay.Responses(events);

        Assert.Equal("failed Protocol upstream_stream_broken retryable", transcript.Lines.Split('\n')[^1]);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void Reasoning_WithoutPartEvents_GivesTheSameEvents() =>
        AssertSame("resp-reasoning", Fixture.Events("resp-reasoning")
            .Where(lines => !lines.Contains("reasoning_summary_part", StringComparison.Ordinal)));

    [Fact]
    public void Reasoning_KeepsTheFinishedItem()
    {
        var transcript = Replay.Text("resp-reasoning", Fixture.Text("resp-reasoning"));

        var done = transcript.All<ProviderEvent.ReasoningDone>().Single();
        var finished = Fixture.Events("resp-reasoning").First(lines => Fixture.IsType(lines, "response.output_item.done"));

        Assert.Equal(Replay.Origin, done.Origin);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(Fixture.Data(finished))!["item"], JsonNode.Parse(done.Json)));
    }

    [Fact]
    public void RawReasoning_WithAnIndexPerPiece_IsOneText()
    {
        var pieces = new[] { "Let", " me", " think" };

        var transcript = Replay.Responses([
            Created,
            .. pieces.Select((piece, i) =>
                $$"""data: {"type":"response.reasoning_text.delta","output_index":0,"content_index":{{i}},"delta":"{{piece}}"}"""),
            Completed]);

        Assert.Equal("Let me think", transcript.All<ProviderEvent.ReasoningPartDone>().Single().Text);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void WebSearch_WithoutDetails_HasEmptyDetail()
    {
        var transcript = Replay.Responses(Edit("resp-web-search", json =>
        {
            (json["item"] as JsonObject)?.Remove("action");
            return json;
        }));

        Assert.All(
            transcript.All<ProviderEvent.HostedDone>(),
            done => Assert.Empty(done.Detail.Queries.Concat(done.Detail.Sources.Select(source => source.Title))));
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public void Citation_AfterEmoji_CountsUtf16Units()
    {
        var transcript = Replay.Responses([
            Created,
            Delta("🌟🌟 see"),
            """data: {"type":"response.output_text.annotation.added","output_index":0,"content_index":0,"annotation":{"type":"url_citation","start_index":3,"end_index":6,"title":"T","url":"https://a.example?utm_source=openai"}}""",
            """data: {"type":"response.output_text.annotation.added","output_index":0,"content_index":0,"annotation":{"type":"url_citation","start_index":3,"end_index":6,"title":"T","url":"javascript:alert(1)"}}""",
            Completed]);

        var url = Assert.IsType<Annotation.Url>(transcript.All<ProviderEvent.AnnotationAdded>().Single().Annotation);
        Assert.Equal(("https://a.example", 8), (url.Address, url.Index));
    }

    [Theory]
    [InlineData("""data: {"type":"response.output_text.done","output_index":0,"content_index":0,"text":"see this"}""")]
    [InlineData("data: {}")]
    public void Citations_NamedOnlyInTheFinishedItem_AreThere(string textDone)
    {
        var transcript = Replay.Responses([
            Created,
            Delta("see this"),
            textDone,
            """data: {"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"see this","annotations":[{"type":"url_citation","start_index":0,"end_index":3,"title":"T","url":"https://a.example"}]}]}}""",
            Completed]);

        var url = new Annotation.Url("T", "https://a.example", 3);
        Assert.Equal(url, transcript.All<ProviderEvent.AnnotationAdded>().Single().Annotation);
        Assert.Equal(url, transcript.All<ProviderEvent.MessageDone>().Single().Parts.Single().Annotations.Single());
    }

    [Theory]
    [InlineData("response.function_call_arguments.delta")]
    [InlineData("response.function_call_arguments.done")]
    [InlineData("response.function_call_arguments.")]
    [InlineData("response.output_item.added")]
    public void FunctionCall_WithoutOneKindOfEvent_GivesTheSameEvents(string type) =>
        AssertSame("resp-function", Fixture.Events("resp-function").Where(lines =>
            !lines.Contains(type, StringComparison.Ordinal) || !lines.Contains("fc_", StringComparison.Ordinal)));

    [Fact]
    public void FunctionCalls_Interleaved_AreKeptApart()
    {
        var events = Fixture.Events("resp-function-parallel");
        var first = events.Where(lines => lines.Contains("\"output_index\":1", StringComparison.Ordinal)).ToList();
        var second = events.Where(lines => lines.Contains("\"output_index\":2", StringComparison.Ordinal)).ToList();
        var others = events.Except([.. first, .. second]).ToList();

        var mixed = first.Zip(second, (a, b) => new[] { a, b }).SelectMany(pair => pair);
        var transcript = Replay.Responses([.. others[..^1], .. mixed, others[^1]]);

        Assert.Equal(
            ["{\"location\":\"Oslo\"}", "{\"location\":\"Lima\"}"],
            transcript.All<ProviderEvent.ToolCallDone>().OrderBy(call => call.OutputIndex).Select(call => call.Arguments));
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void FunctionCalls_AllNumberedZero_AreKeptApart()
    {
        var transcript = Replay.Responses(Edit(
            "resp-function-parallel", json => json["output_index"] is null ? json : With(json, "output_index", 0)));

        Assert.Equal(
            ["{\"location\":\"Oslo\"}", "{\"location\":\"Lima\"}"],
            transcript.All<ProviderEvent.ToolCallDone>().Select(call => call.Arguments));
        Promises.Check(transcript.Events);
    }

    [Theory]
    [InlineData("data: [DONE]")]
    [InlineData("""data: {"type":"response.completed","response":{"status":"in_progress"}}""")]
    public void Answer_WhoseItemsAreFinished_MayEndOtherwise(string end)
    {
        var message = new JsonObject
        {
            ["type"] = "message",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = "Hi" }),
        };

        var transcript = Replay.Responses([Created, ItemDone(message), end]);

        Assert.Equal("Hi", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public void FunctionCall_NamedParallel_IsTakenApart()
    {
        var item = new JsonObject
        {
            ["type"] = "function_call",
            ["call_id"] = "call_p",
            ["name"] = "parallel",
            ["arguments"] = """{"tool_uses":[{"recipient_name":"functions.get_weather","parameters":{"location":"Oslo"}},{"recipient_name":"functions.get_weather","parameters":{"location":"Lima"}}]}""",
        };

        var transcript = Replay.Responses([Created, ItemDone(item), Completed]);

        Assert.Equal(
            ["{\"location\":\"Oslo\"}", "{\"location\":\"Lima\"}"],
            transcript.All<ProviderEvent.ToolCallDone>().Select(call => call.Arguments));
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void FunctionCall_NamedParallelWithOtherArguments_IsPassedOn()
    {
        var item = new JsonObject { ["type"] = "function_call", ["name"] = "parallel", ["arguments"] = "{\"x\":1}" };

        var transcript = Replay.Responses([Created, ItemDone(item), Completed]);

        Assert.Equal("call-done 0 parallel {\"x\":1}", transcript.Lines.Split('\n')[^2]);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1")]
    public void FunctionCall_WithInvalidArguments_IsPassedOn(string arguments)
    {
        var item = new JsonObject { ["type"] = "function_call", ["name"] = "f", ["arguments"] = arguments };

        var transcript = Replay.Responses([Created, ItemDone(item), Completed]);

        Assert.Equal(arguments, transcript.All<ProviderEvent.ToolCallDone>().Single().Arguments);
    }

    [Fact]
    public void FunctionCall_WithTooLongArguments_IsRefused()
    {
        var piece = new JsonObject
        {
            ["type"] = "response.function_call_arguments.delta",
            ["output_index"] = 0,
            ["delta"] = new string('x', 600_000),
        };
        var added = new JsonObject
        {
            ["type"] = "response.output_item.added",
            ["output_index"] = 0,
            ["item"] = new JsonObject { ["type"] = "function_call", ["name"] = "f", ["call_id"] = "c" },
        };

        var transcript = Replay.Responses([Created, Event(added), Event(piece), Event(piece), Completed]);

        Assert.Equal("upstream_event_too_large", transcript.Failure.Code);
    }

    [Fact]
    public void Incomplete_NamedCompleted_IsIncomplete() =>
        AssertSame("resp-incomplete-max-tokens", Fixture.Events("resp-incomplete-max-tokens").Select(lines =>
            lines.Replace("response.incomplete", "response.completed", StringComparison.Ordinal)));

    [Fact]
    public void RateLimit_InTheStream_TellsTheDelay()
    {
        var transcript = Replay.Text("resp-failed-only", Fixture.Text("resp-failed-only"));

        Assert.Equal(TimeSpan.FromSeconds(6.4), transcript.Failure.RetryAfter);
    }

    [Theory]
    [InlineData("response.cancelled", "cancelled")]
    [InlineData("response.done", "cancelled")]
    public void Cancelled_ByTheProvider_IsAFailure(string type, string status)
    {
        var end = Event(new JsonObject
        {
            ["type"] = type,
            ["response"] = new JsonObject { ["status"] = status },
        });

        var transcript = Replay.Responses([Created, Delta("a"), end]);

        Assert.Equal(FailureCategory.Cancelled, transcript.Failure.Category);
    }

    [Fact]
    public void Robustness_WithoutTheOddEvents_GivesTheSameEvents() =>
        AssertSame("resp-robustness", Fixture.Events("resp-robustness").Where(lines =>
            !Fixture.IsType(lines, "keepalive") && !lines.Contains("some_future", StringComparison.Ordinal)
            && !lines.Contains("hologram", StringComparison.Ordinal) && !lines.StartsWith(':')
            || lines.Contains("response.completed", StringComparison.Ordinal)));

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"server_error","code":null,"message":"m"}}""", "Server")]
    [InlineData("""{"error":{"message":"Compute error."},"message":"Compute error."}""", "Server")]
    [InlineData("""{"type":"error","message":"something"}""", "Server")]
    [InlineData("""{"type":"error","code":"invalid_prompt","message":"m"}""", "Policy")]
    public void Error_InAnyShape_IsOneFailure(string json, string category)
    {
        var transcript = Replay.Responses([Created, Delta("a"), "data: " + json]);

        Assert.Equal(category, transcript.Failure.Category.ToString());
        Promises.Check(transcript.Events);
    }

    [Fact]
    public void Error_WithoutACode_WaitsForTheFinalResponse()
    {
        var failed = Event(new JsonObject
        {
            ["type"] = "response.failed",
            ["response"] = new JsonObject
            {
                ["status"] = "failed",
                ["error"] = new JsonObject { ["code"] = "insufficient_quota", ["message"] = "m" },
            },
        });

        var transcript = Replay.Responses([Created, """data: {"type":"error","message":"something"}""", failed]);

        Assert.Equal(FailureCategory.Quota, transcript.Failure.Category);
    }

    private static string Created =>
        """data: {"type":"response.created","response":{"id":"resp_1","model":"m","status":"in_progress"}}""";

    private static string Completed =>
        """data: {"type":"response.completed","response":{"id":"resp_1","model":"m","status":"completed","output":[]}}""";

    private static string Event(JsonObject json) => "data: " + json.ToJsonString();

    private static string Delta(string text) => RawDelta(text);

    private static string RawDelta(string escaped) =>
        $$"""data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"{{escaped}}"}""";

    private static string ItemDone(JsonObject item) => Event(new JsonObject
    {
        ["type"] = "response.output_item.done",
        ["output_index"] = 0,
        ["item"] = item,
    });

    private static void AssertSame(string fixture, IEnumerable<string> events)
    {
        var transcript = Replay.Responses(events);

        Assert.Equal(
            Replay.Text(fixture, Fixture.Text(fixture)).Lines.ReplaceLineEndings("\n"), transcript.Lines);
        Promises.Check(transcript.Events);
    }

    private static IEnumerable<string> Edit(string fixture, Func<JsonObject, JsonObject> edit) =>
        Fixture.Events(fixture).Select(lines => Event(edit(JsonNode.Parse(Fixture.Data(lines))!.AsObject())));

    private static JsonObject Without(JsonObject json, string name)
    {
        json.Remove(name);
        return json;
    }

    private static JsonObject With(JsonObject json, string name, int value)
    {
        json[name] = value;
        return json;
    }

    private static JsonNode? Reverse(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.Reverse().Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, Reverse(pair.Value)))),
        JsonArray json => new JsonArray([.. json.Select(Reverse)]),
        null => null,
        _ => node.DeepClone(),
    };
}
