using System.Text;
using System.Text.Json.Nodes;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.ChatCompletions;
using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>Thoughts that a provider wants back with the calls they led to.</summary>
public sealed class ReasoningEchoTests
{
    private const string Weather =
        """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"get_weather","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""";

    private static readonly Provider DeepSeek = new()
    {
        Key = ApiKey.TryCreate(ProviderClient.Key)!,
        BaseUrl = new Uri("https://api.deepseek.com"),
        Api = ProviderApi.ChatCompletions,
        DefaultModel = "m",
    };

    [Fact]
    public void Thoughts_BeforeCalls_AreKeptWithTheFirst()
    {
        var transcript = Replay.Chat(Thought("Let \\\"me\\\" "), Thought("see, é."), Weather, "[DONE]");

        var calls = transcript.All<ProviderEvent.ToolCallDone>().ToList();
        Assert.Equal("""{"reasoning_content":"Let \"me\" see, é."}""", Encoding.UTF8.GetString(calls[0].Extras!.Json.Span));
        Assert.Null(calls[1].Extras);
    }

    [Theory]
    [InlineData("reasoning", "Hm")]
    [InlineData("reasoning_content", "")]
    public void Thoughts_OfOthers_AreNotKept(string member, string text)
    {
        var transcript = Replay.Chat(
            $$$"""{"choices":[{"delta":{"{{{member}}}":"{{{text}}}"}}]}""", Weather, "[DONE]");

        Assert.All(transcript.All<ProviderEvent.ToolCallDone>(), call => Assert.Null(call.Extras));
    }

    [Fact]
    public void Request_AfterCallsWithThoughts_GivesThemBack()
    {
        var messages = Messages(Conversation(Origin.Of(DeepSeek, "m")), Workarounds.None);

        Assert.Equal(
            ["user", "assistant ''", "user", "assistant 'Hm \"x\"'", "tool", "assistant ''", "user"], messages.Select(Describe));
        Assert.False(messages[3]!["tool_calls"]![0]!.AsObject().ContainsKey("reasoning_content"));
    }

    [Fact]
    public void Request_ToAnother_GivesNoThoughts()
    {
        var messages = Messages(Conversation("elsewhere"), Workarounds.None);

        Assert.All(messages, message => Assert.False(message!.AsObject().ContainsKey("reasoning_content")));
    }

    [Fact]
    public void Request_ToOneThatRefusesThoughts_GivesNone()
    {
        var messages = Messages(Conversation(Origin.Of(DeepSeek, "m")), Workarounds.ReasoningEcho);

        Assert.All(messages, message => Assert.False(message!.AsObject().ContainsKey("reasoning_content")));
    }

    [Theory]
    [InlineData("Missing `reasoning_content` field in the assistant message at message index 2.", true)]
    [InlineData("The `reasoning_content` in the thinking mode must be passed back to the API.", true)]
    [InlineData("property 'reasoning_content' is unsupported", false)]
    public async Task Ask_WhenTheProviderSaysWhatItWants_DoesThatFromThenOn(string message, bool wanted)
    {
        await using var provider = new ScriptedProvider(
            connection => connection.ReplyAsync(400, new JsonObject
            {
                ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["code"] = "invalid_request_error" },
            }.ToJsonString()),
            connection => connection.StreamAsync(Fixture.Text("chat-text")));
        using var client = new ProviderClient(provider.Url, ProviderApi.ChatCompletions);
        var request = ProviderClient.Question with
        {
            Input = Conversation(wanted ? "elsewhere" : Origin.Of(client.Provider, ProviderClient.Question.Model)),
        };

        await client.AskAsync(request);
        var transcript = await client.AskAsync(request);

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Assert.Equal(
            [!wanted, wanted, wanted],
            provider.Requests.Select(sent => sent.Contains("reasoning_content", StringComparison.Ordinal)));
    }

    private static List<InputItem> Conversation(string origin) =>
    [
        new InputItem.User([new InputPart.Text("Hi")]),
        new InputItem.Assistant("Hello", null),
        new InputItem.User([new InputPart.Text("Weather?")]),
        new InputItem.FunctionCall("a", "get_weather", "{}")
        {
            Extras = new CallExtras(Encoding.UTF8.GetBytes("""{"reasoning_content":"Hm \"x\""}"""), origin),
        },
        new InputItem.FunctionOutput("a", "3 C"),
        new InputItem.Assistant("Cold.", null),
        new InputItem.User([new InputPart.Text("Thanks")]),
    ];

    private static JsonArray Messages(List<InputItem> input, Workarounds workarounds) => JsonNode.Parse(
        ChatRequest.Write(DeepSeek, new ModelRequest { Model = "m", Input = input }, workarounds).Span)!["messages"]!.AsArray();

    private static string Describe(JsonNode? message) =>
        (string)message!["role"]! + (message["reasoning_content"] is { } thoughts ? $" '{(string?)thoughts}'" : "");

    private static string Thought(string escaped) =>
        $$$"""{"choices":[{"delta":{"reasoning_content":"{{{escaped}}}"}}]}""";
}
