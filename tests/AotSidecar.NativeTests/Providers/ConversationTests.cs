using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Providers;

/// <summary>What of earlier answers goes back to the provider, and what it is asked with.</summary>
public sealed class ConversationTests
{
    private const string ChatTools = """
        data: {"choices":[{"index":0,"delta":{"reasoning_content":"I need the weather."}}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"show","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}

        data: [DONE]


        """;

    private const string Stale = """{"error":{"message":"The encrypted content could not be verified.","type":"invalid_request_error","param":null,"code":"invalid_encrypted_content"}}""";

    [Fact]
    public async Task EncryptedReasoning_OfEarlierAnswers_GoesBackUntilItIsRefused()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--model", "gpt-5.1"] });
        sidecar.Provider.Answer = Recording.Play("resp-reasoning");
        var session = await sidecar.MintAsync();
        var thread = await SayAsync(sidecar, session, null);
        await SayAsync(sidecar, session, thread);
        var replayed = sidecar.Provider.Requests[1];

        sidecar.Provider.Answer = exchange => Encrypted(exchange.Request).Count > 0
            ? exchange.ReplyAsync(400, Stale)
            : Recording.Play("resp-reasoning")(exchange);
        await SayAsync(sidecar, session, thread);
        var (refused, without) = (sidecar.Provider.Requests[2], sidecar.Provider.Requests[3]);
        sidecar.Provider.Answer = ResponsesStream.TextAsync;
        await SayAsync(sidecar, session, thread);
        var later = sidecar.Provider.Requests[4];

        Assert.Equal(5, sidecar.Provider.Requests.Count);
        var item = Assert.Single(Encrypted(replayed));
        Assert.EndsWith("==", (string?)item["encrypted_content"], StringComparison.Ordinal);
        Assert.False(item.AsObject().ContainsKey("id"));
        Assert.Equal(2, Encrypted(refused).Count);
        Assert.Empty(Encrypted(without));
        Assert.Empty(Encrypted(later));
    }

    [Fact]
    public async Task Requests_OfResponses_KeepNothingAtTheProvider()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--model", "gpt-5.1"] });

        await SayAsync(sidecar, await sidecar.MintAsync(members: ""","instructions":"Be kind." """), null);

        var body = Assert.Single(sidecar.Provider.Requests).Json;
        Assert.Equal((true, false), ((bool)body["stream"]!, (bool)body["store"]!));
        Assert.Equal("Be kind.", (string?)body["instructions"]);
        Assert.Equal("reasoning.encrypted_content", (string?)body["include"]![0]);
        Assert.Null(body["previous_response_id"]);
    }

    [Theory]
    [InlineData("message", "session", "host", "message")]
    [InlineData(null, "session", "host", "session")]
    [InlineData(null, null, "host", "host")]
    [InlineData(null, null, null, "flag")]
    public async Task Model_IsTheNearestThatIsNamed(string? message, string? session, string? host, string expected)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--model", "flag"] });
        sidecar.Host.OnSecretsGet = (connection, request) => connection.ReplyAsync(request["id"]!, new JsonObject
        {
            ["secret"] = "sk-test-0123456789",
            ["baseUrl"] = sidecar.Provider.BaseUrl,
            ["model"] = host,
        }.ToJsonString());
        var minted = await sidecar.MintAsync(members: session is null ? "" : $",\"model\":\"{session}\"");
        var body = ChatBody.Message("hello").Replace(
            "\"inference_options\":{}", message is null ? "\"inference_options\":{}" : $"\"inference_options\":{{\"model\":\"{message}\"}}", StringComparison.Ordinal);

        using var stream = await sidecar.Door.StreamAsync(minted, body);
        await stream.ToEndAsync();

        Assert.Equal(expected, (string?)Assert.Single(sidecar.Provider.Requests).Json["model"]);
    }

    [Fact]
    public async Task Account_OfTheHostsReply_IsNamedToTheProvider()
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Host.OnSecretsGet = (connection, request) => connection.ReplyAsync(
            request["id"]!, $$"""{"secret":"sk-test-0123456789","baseUrl":"{{sidecar.Provider.BaseUrl}}","organization":"org-1","project":"proj-1"}""");
        var session = await sidecar.MintAsync();

        await SayAsync(sidecar, session, null);
        await sidecar.SendAsync(new HttpCall("GET", "/v1/models") { Bearer = session.Token, Headers = ["OpenAI-Project: page", "Cookie: a=b"] });

        Assert.Equal(2, sidecar.Provider.Requests.Count);
        Assert.All(sidecar.Provider.Requests, request => Assert.Equal(
            ("org-1", "proj-1", null), (request.Header("OpenAI-Organization"), request.Header("OpenAI-Project"), request.Header("Cookie"))));
    }

    [Fact]
    public async Task Thoughts_ThatLedToACall_GoBackWithItInAllLaterRequests()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--upstream-api", "chat-completions"],
            Host = host =>
            {
                host.Capabilities = """{"tools":true}""";
                host.OnOther = (bridge, request) => (string?)request["method"] switch
                {
                    "tools/list" => bridge.ReplyAsync(request["id"]!, """{"tools":[{"name":"show","inputSchema":{"type":"object"}}]}"""),
                    "tools/call" => bridge.ReplyAsync(request["id"]!, """{"content":[{"type":"text","text":"3 C"}]}"""),
                    _ => bridge.FailAsync(request["id"]!, -32601),
                };
            },
        });
        sidecar.Provider.Answer = exchange => exchange.Request.Json["messages"]!.AsArray().Any(message => (string?)message!["role"] == "tool")
            ? ChatCompletionsStream.WordsAsync(exchange, "3 degrees.")
            : Recording.PlayAsync(exchange, ChatTools);
        var session = await sidecar.MintAsync();

        var thread = await SayAsync(sidecar, session, null);
        await SayAsync(sidecar, session, thread);

        Assert.Equal(3, sidecar.Provider.Requests.Count);
        Assert.All(sidecar.Provider.Requests.Skip(1), request =>
        {
            var assistants = request.Json["messages"]!.AsArray().Where(message => (string?)message!["role"] == "assistant").ToList();
            Assert.All(assistants, message => Assert.Equal(
                message!["tool_calls"] is null ? "" : "I need the weather.", (string?)message["reasoning_content"]));
        });
    }

    [Fact]
    public async Task Thoughts_InTheTextOfALocalModel_AreShownAsThoughts()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--upstream-api", "chat-completions"] });
        sidecar.Provider.Answer = exchange => ChatCompletionsStream.WordsAsync(exchange, "<thi", "nk>Hm", ".</", "think>\n\n", "Hi", ".");
        var session = await sidecar.MintAsync();

        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.ToEndAsync();

        Assert.Equal("Hi.", stream.Deltas);
        var workflow = stream.Events.Single(item => (string?)item["type"] == "thread.item.done" && (string?)item["item"]!["type"] == "workflow");
        Assert.Equal("Hm.", (string?)workflow["item"]!["workflow"]!["tasks"]![0]!["content"]);
    }

    private static List<JsonNode> Encrypted(ProviderRequest request) =>
        [.. request.Json["input"]!.AsArray().Where(item => (string?)item!["type"] == "reasoning").Select(item => item!)];

    private static async Task<string> SayAsync(Sidecar sidecar, Session session, string? threadId)
    {
        using var stream = await sidecar.StreamAsync(session, "hello", threadId);
        await stream.ToEndAsync();
        Assert.Null(stream.Error);
        return threadId ?? stream.ThreadId;
    }
}
