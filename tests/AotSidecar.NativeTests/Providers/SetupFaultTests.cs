using System.Text.Json.Nodes;
using static AotSidecar.NativeTests.Providers.ChatFrames;

namespace AotSidecar.NativeTests.Providers;

/// <summary>Providers and setups that would not work at all if each of their requests were written the usual way.</summary>
public sealed class SetupFaultTests
{
    private const string Details = """[{"type":"reasoning.encrypted","data":"abc==","format":"google-gemini-v1","index":0}]""";

    [Fact]
    public async Task ReasoningDetails_ThatCameWithACall_GoBackWithIt()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            ProviderStage.Plays(Chunk($"\"reasoning_details\":{Details}"), Begin(0, "call_a", "add_note", "{}"), Finish("tool_calls"), Done),
            ProviderStage.Plays(Text("done"), Finish("stop"), Done));

        var first = await stage.SayAsync();
        await stage.SayAsync("again", first.ThreadId);
        using var other = await stage.Sidecar.Door.StreamAsync(
            stage.Session, ChatBody.Message("again", first.ThreadId).Replace("\"inference_options\":{}", "\"inference_options\":{\"model\":\"another\"}"));
        await other.ToEndAsync();

        Assert.Equal(4, stage.Provider.Requests.Count);
        Assert.Equal([Details, Details, null], stage.Provider.Requests.Skip(1).Select(static request => Caller(request)["reasoning_details"]?.ToJsonString()));
        Assert.All(stage.Provider.Requests.Skip(1), static request => Assert.Null(Caller(request)["tool_calls"]![0]!["reasoning_details"]));
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions, "tools[1].function.parameters", "Invalid schema for function 'list'")]
    [InlineData(Dialect.ChatCompletions, null, "Invalid schema for function 'list': whatever")]
    [InlineData(Dialect.Responses, "tools[1].parameters", "Invalid schema")]
    public async Task Tool_WhoseSchemaIsRefused_IsNotDeclaredAgain(string dialect, string? param, string message)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Provider.Answer = exchange => Dialect.Of(dialect).Tools(exchange.Request).Contains("list")
            ? exchange.ReplyAsync(400, ProviderStage.Error(message, param, "invalid_function_parameters"))
            : Dialect.Of(dialect).SayAsync(exchange, "fine");

        var first = await stage.SayAsync();
        var second = await stage.SayAsync();

        Assert.Equal((null, null), (first.Error?.ToJsonString(), second.Error?.ToJsonString()));
        Assert.Equal(3, stage.Provider.Requests.Count);
        Assert.Equal(["add_note"], Dialect.Of(dialect).Tools(stage.Provider.Requests[2]));
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions)]
    [InlineData(Dialect.Responses)]
    public async Task Schema_ThatIsNoSchema_IsMended(string dialect)
    {
        await using var stage = await ProviderStage.StartAsync(dialect, tools: """
            [{"name":"a","inputSchema":{"type":"object","properties":{"list":{"type":"array"},"in":{"type":"object","properties":{"deep":{"type":["array","null"]}}}}}},
             {"name":"b","inputSchema":{"type":"object","properties":{"type":"object"}}},
             {"name":"c","inputSchema":{"type":"object","anyOf":[{"required":["x"]}]}},
             {"name":"d","inputSchema":{"type":"object"}}]
            """);
        stage.Provider.Answer = exchange => Dialect.Of(dialect).SayAsync(exchange, "fine");

        await stage.SayAsync();

        var tools = Assert.Single(stage.Provider.Requests).Json["tools"]!.AsArray()
            .Select(tool => (tool!["function"] ?? tool)["parameters"]!.ToJsonString());
        Assert.Equal(
            [
                """{"type":"object","properties":{"list":{"type":"array","items":{}},"in":{"type":"object","properties":{"deep":{"type":["array","null"],"items":{}}}}}}""",
                """{"type":"object","properties":{}}""",
                """{"type":"object","properties":{}}""",
                """{"type":"object","properties":{}}""",
            ],
            tools);
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions)]
    [InlineData(Dialect.Responses)]
    public async Task Streaming_ThatIsRefused_IsDoneWithout(string dialect)
    {
        const string Chat = """{"object":"chat.completion","choices":[{"index":0,"message":{"content":"whole"},"finish_reason":"stop"}]}""";
        const string Response = """{"object":"response","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"whole"}]}]}""";
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Provider.Answer = exchange => (bool)exchange.Request.Json["stream"]!
            ? exchange.ReplyAsync(400, ProviderStage.Error("Your organization must be verified to stream this model.", "stream", "unsupported_value"))
            : exchange.ReplyAsync(200, dialect == Dialect.Responses ? Response : Chat);

        var first = await stage.SayAsync();
        var second = await stage.SayAsync();

        Assert.Equal(("whole", "whole"), (first.Deltas, second.Deltas));
        Assert.Equal(3, stage.Provider.Requests.Count);
    }

    [Fact]
    public async Task ToolChoice_ThatIsRefusedAsAnObject_IsAWord()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Provider.Answer = exchange => exchange.Request.Json["tool_choice"] is JsonObject
            ? exchange.ReplyAsync(400, ProviderStage.Error("Invalid tool_choice type: 'object'. Supported string values: none, auto, required"))
            : ChatCompletionsStream.WordsAsync(exchange, "fine");

        using var stream = await stage.Sidecar.Door.StreamAsync(
            stage.Session, ChatBody.Message("go").Replace("\"inference_options\":{}", "\"inference_options\":{\"tool_choice\":{\"id\":\"list\"}}"));
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("required", (string?)stage.Provider.Requests[1].Json["tool_choice"]);
        Assert.Equal(["list"], Dialect.Of(Dialect.ChatCompletions).Tools(stage.Provider.Requests[1]));
    }

    public static TheoryData<int, string, string, string> Refusals => new()
    {
        { 400, "Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai.", "upstream_auth_failed", "API key" },
        { 403, "Your team doesn't have any credits yet.", "upstream_quota_exceeded", "billing" },
        { 403, "Your team has either used all available credits or reached its monthly spending limit.", "upstream_quota_exceeded", "billing" },
        { 400, "Model Not Exist", "upstream_rejected", "model's name" },
        { 400, "Invalid model: mistral-hugest", "upstream_rejected", "model's name" },
        { 400, "acme/foo is not a valid model ID", "upstream_rejected", "model's name" },
        { 404, "Not Found", "upstream_rejected", "--upstream-api" },
        { 405, "Method Not Allowed", "upstream_rejected", "--upstream-api" },
        { 404, "Invalid URL (POST /v1/chat/completions/chat/completions)", "upstream_rejected", "base URL" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refusal_SaysWhatToDo(int status, string message, string code, string word)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(ProviderStage.Refuses(status, ProviderStage.Error(message)));

        var stream = await stage.SayAsync();

        Assert.Equal(code, (string?)stream.Error!["reason"]);
        Assert.Contains(word, (string?)stream.Error["message"], StringComparison.Ordinal);
        Assert.DoesNotContain(message, (string?)stream.Error["message"], StringComparison.Ordinal);
        Assert.Single(stage.Provider.Requests);
    }

    [Fact]
    public async Task ModelThatLoads_OnThisMachine_IsWaitedFor()
    {
        await using var stage = await ProviderStage.StartAsync();
        var loading = ProviderStage.Refuses(503, """{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""");
        stage.Script(loading, loading, loading, loading, loading, ProviderStage.Plays(Text("loaded"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.Equal("loaded", stream.Deltas);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallThatIsNone_ByGroq_IsAskedForAgain(bool inStream)
    {
        const string Failed = """{"error":{"message":"Failed to call a function. See 'failed_generation' for more details.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<function=x>"}}""";
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            inStream ? ProviderStage.Plays($"data: {Failed}\n\n") : ProviderStage.Refuses(400, Failed),
            ProviderStage.Plays(Text("fine"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.Equal((null, "fine"), (stream.Error?.ToJsonString(), stream.Deltas));
    }

    /// <summary>Streams that end badly before the reader has seen anything of them.</summary>
    public static TheoryData<string, string[]> Unseen => new()
    {
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note")] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note"), Piece(0, "{\"line\":")] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note", "{}"), "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\",\"code\":\"server_error\"}}\n\n"] },
        { Dialect.Responses, ["data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n", "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"add_note\",\"arguments\":\"\"}}\n\n"] },
        { Dialect.Responses, ["data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"add_note\",\"arguments\":\"{}\"}}\n\n"] },
    };

    [Theory]
    [MemberData(nameof(Unseen))]
    public async Task Stream_CutBeforeAnythingWasShown_IsAskedForAgain(string dialect, string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(ProviderStage.Plays(frames), exchange => Dialect.Of(dialect).SayAsync(exchange, "fine"));

        var stream = await stage.SayAsync();

        Assert.Equal((null, "fine"), (stream.Error?.ToJsonString(), stream.Deltas));
        Assert.Empty(stage.Ran);
        Assert.Equal(2, stage.Provider.Requests.Count);
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions)]
    [InlineData(Dialect.Responses)]
    public async Task Calls_ByTheThousands_RunSixtyFour(string dialect)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(
            ProviderStage.Plays([.. dialect == Dialect.Responses
                ? Enumerable.Range(0, 5000).Select(static n => $"data: {{\"type\":\"response.output_item.done\",\"output_index\":{n},\"item\":{{\"type\":\"function_call\",\"call_id\":\"c{n}\",\"name\":\"add_note\",\"arguments\":\"{{}}\"}}}}\n\n")
                    .Append("data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n")
                : Enumerable.Range(0, 5000).Select(static n => Begin(n, $"c{n}", "add_note", "{}")).Append(Finish("tool_calls")).Append(Done)]),
            exchange => Dialect.Of(dialect).SayAsync(exchange, "fine"));

        var stream = await stage.SayAsync();

        Assert.Null(stream.Error);
        Assert.Equal(64, stage.Ran.Count);
        var outputs = Dialect.Of(dialect).Outputs(stage.Provider.Requests[1]).Values.ToList();
        Assert.Equal(64, outputs.Count);
        Assert.EndsWith("[4936 more calls were not run: at most 64 run at once.]", outputs[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.com/v1")]
    [InlineData("https://example.com/v1?key=1")]
    public async Task BaseUrl_ThatIsNotAllowed_HasItsOwnCode(string url)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Host = host => host.OnSecretsGet = (bridge, request) =>
                bridge.ReplyAsync(request["id"]!, $$"""{"secret":"sk-test-0123456789","baseUrl":"{{url}}"}"""),
        });

        var reply = await sidecar.PostSessionAsync("""{"secret_key_id":"k"}""");

        Assert.Equal((502, "invalid_base_url"), (reply.Status, (string?)reply.Json["error"]!["code"]));
    }

    [Fact]
    public async Task Key_WithALineEnd_IsTrimmed()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Host = host => host.ApiKey = static _ => "sk-test-0123456789\r\n" });

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("Bearer sk-test-0123456789", Assert.Single(sidecar.Provider.Requests).Header("Authorization"));
    }

    [Fact]
    public async Task ApiVersion_OfTheBaseUrl_GoesWithEachRequest()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Host = host => host.BaseUrl += "?api-version=2025-04-01-preview" });

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("/v1/responses?api-version=2025-04-01-preview", Assert.Single(sidecar.Provider.Requests).Target);
    }

    private static JsonNode Caller(ProviderRequest request) =>
        request.Json["messages"]!.AsArray().Single(static message => message!["tool_calls"] is not null)!;
}
