using System.Text;
using System.Text.Json.Nodes;
using AotSidecar.Providers.ChatCompletions;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Responses;
using AotSidecar.Secrets;
using Snapshooter.Xunit;

namespace AotSidecar.Tests.Providers;

public sealed class ModelRequestWriterTests
{
    private const string Encrypted = """{"id":"rs_1","status":"completed","type":"reasoning","summary":[],"encrypted_content":"gAAA"}""";

    [Fact]
    public void Responses_ToOpenAi_AsksForEverythingItKnows() =>
        Snapshot.Match(Indented(ResponsesRequest.Write(OpenAi, Conversation(OpenAi), Workarounds.None)));

    [Fact]
    public void Responses_ToAnotherServer_SendsNoExtras()
    {
        var request = Json(ResponsesRequest.Write(Other, Conversation(Other) with { Model = "llama" }, Workarounds.None));

        Assert.Equal(
            ["input", "instructions", "model", "store", "stream", "tool_choice", "tools"],
            request.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.False(request["store"]!.GetValue<bool>());
    }

    [Fact]
    public void Responses_WithOmissions_LeavesThemOut()
    {
        var all = Workarounds.StreamOptions | Workarounds.PromptCacheKey | Workarounds.ReasoningSettings | Workarounds.Include | Workarounds.Strict | Workarounds.ReasoningItems;

        var text = Encoding.UTF8.GetString(ResponsesRequest.Write(OpenAi, Conversation(OpenAi), all).Span);

        Assert.All(
            ["include", "\"reasoning\"", "stream_options", "prompt_cache_key", "strict", "gAAA"],
            omitted => Assert.DoesNotContain(omitted, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Chat_ToOpenAi_IsWrittenLikeThis() =>
        Snapshot.Match(Indented(ChatRequest.Write(OpenAi, Conversation(OpenAi), Workarounds.None)));

    [Fact]
    public void Chat_ToAnotherServer_SendsNoExtras()
    {
        var request = Json(ChatRequest.Write(Other, Conversation(Other) with { Model = "llama" }, Workarounds.None));

        Assert.Equal(
            ["messages", "model", "stream", "stream_options", "tool_choice", "tools"],
            request.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("system", request["messages"]![0]!["role"]!.GetValue<string>());
        Assert.DoesNotContain("strict", request.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_WithUserMessagesInARow_MergesThem()
    {
        var request = ProviderClient.Question with
        {
            Input = [User("One"), User("Two"), new InputItem.Assistant("", null), User("Three")],
        };

        var messages = Json(ChatRequest.Write(Other, request, Workarounds.None))["messages"]!.AsArray();

        Assert.Equal("One\n\nTwo\n\nThree", Assert.Single(messages)!["content"]!.GetValue<string>());
    }

    [Fact]
    public void Chat_ToMistral_SendsIdsOfNineCharacters()
    {
        var request = ProviderClient.Question with
        {
            Input = [User("Hi"), new InputItem.FunctionCall("call_long_id_1", "f", "{}"), new InputItem.FunctionOutput("call_long_id_1", "ok")],
        };

        var messages = Json(ChatRequest.Write(Other, request, EndpointWorkarounds.OfProvider(At("https://api.mistral.ai/v1"))))["messages"]!;
        var id = messages[1]!["tool_calls"]![0]!["id"]!.GetValue<string>();

        Assert.Matches("^[a-z0-9]{9}$", id);
        Assert.Equal(id, messages[2]!["tool_call_id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chat_WithExtrasOfACall_ReturnsThemOnlyToTheirOrigin(bool same)
    {
        var origin = same ? Origin.Of(Other, ProviderClient.Question.Model) : "elsewhere";
        var call = new InputItem.FunctionCall("c", "f", "{}")
        {
            Extras = new CallExtras("""{"extra_content":{"google":{"thought_signature":"abc"}}}"""u8.ToArray(), origin),
        };

        var request = ChatRequest.Write(Other, ProviderClient.Question with { Input = [User("Hi"), call] }, Workarounds.None);

        Assert.Equal(same, Encoding.UTF8.GetString(request.Span).Contains("thought_signature", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("U R", "U")]
    [InlineData("U R A", "U R A")]
    [InlineData("U R R A", "U R A")]
    [InlineData("U R Ca Oa A", "U R Ca Oa A")]
    [InlineData("U R Ca R Cb Oa Ob", "U R Ca R Cb Oa Ob")]
    [InlineData("U Ca Cb Oa Ob", "U Ca Cb Oa Ob")]
    [InlineData("U Ca Cb Ob Oa", "U Ca Cb Oa Ob")]
    [InlineData("U Ca", "U Ca Oa!")]
    [InlineData("U Ca U", "U Ca Oa! U")]
    [InlineData("U Ca Cb Ob U", "U Ca Cb Oa! Ob U")]
    [InlineData("U Oa A", "U A")]
    [InlineData("U Ca Oa Oa A", "U Ca Oa A")]
    [InlineData("U Ca Oa A U Ca Oa", "U Ca Oa A U Ca_2 Oa_2")]
    [InlineData("U Ca U Ca Oa", "U Ca Oa! U Ca_2 Oa_2")]
    [InlineData("U E A", "U A")]
    [InlineData("U F A", "U A")]
    public void Conversation_OfAnyHistory_IsOneThatProvidersAccept(string history, string expected)
    {
        var items = history.Split(' ').Select(Item).ToList();

        var prepared = AotSidecar.Providers.Requests.Conversation.Prepare(items, "here", withReasoning: true);

        Assert.Equal(expected, string.Join(' ', prepared.Select(Name)));
    }

    [Theory]
    [InlineData("o1", true)]
    [InlineData("o3-mini", true)]
    [InlineData("o4-mini-2025-04-16", true)]
    [InlineData("gpt-5", true)]
    [InlineData("gpt-5.1", true)]
    [InlineData("gpt-5-mini", true)]
    [InlineData("gpt-10.2-pro", true)]
    [InlineData("gpt-5-chat-latest", false)]
    [InlineData("gpt-4.1", false)]
    [InlineData("gpt-4o", false)]
    [InlineData("gpt-oss-20b", false)]
    [InlineData("gpt-5.", false)]
    [InlineData("gpt-5x", false)]
    [InlineData("omni", false)]
    [InlineData("o", false)]
    [InlineData("openai/gpt-5", false)]
    public void ReasoningModel_IsKnownByItsName(string model, bool reasons) =>
        Assert.Equal(reasons, ReasoningModels.Match(model));

    [Fact]
    public void Origin_DiffersByAccountAndModel_AndHidesTheKey()
    {
        var origins = new[]
        {
            Origin.Of(OpenAi, "m"), Origin.Of(OpenAi, "n"), Origin.Of(Other, "m"), Origin.Of(At("https://api.openai.com/v1", "sk-other"), "m"),
        };

        Assert.Equal(4, origins.Distinct().Count());
        Assert.Equal(Origin.Of(OpenAi, "m"), Origin.Of(At("https://api.openai.com/v1/"), "m"));
        Assert.All(origins, origin => Assert.Matches("^[A-Za-z0-9_-]{16}$", origin));
    }

    private static Provider OpenAi => At("https://api.openai.com/v1");

    private static Provider Other => At("http://localhost:11434/v1");

    private static Provider At(string url, string key = ProviderClient.Key) => new()
    {
        Key = ApiKey.TryCreate(key)!,
        BaseUrl = new Uri(url),
        Api = ProviderApi.Responses,
        DefaultModel = "m",
    };

    private static ModelRequest Conversation(Provider provider) => new()
    {
        Model = "gpt-5.1",
        Instructions = "Be \"brief\", 東京.",
        ConversationId = "thr_1",
        ForcedTool = "get_weather",
        Tools = [new FunctionTool("get_weather", "Weather", """{"type":"object"}"""u8.ToArray()), new FunctionTool("now", null, default)],
        Input =
        [
            new InputItem.User([
                new InputPart.Text("What is this?"),
                new InputPart.Image("data:image/png;base64,iVBORw0KGgo="),
                new InputPart.File("a.pdf", "data:application/pdf;base64,JVBERi0="),
            ]),
            new InputItem.Reasoning(Encoding.UTF8.GetBytes(Encrypted), Origin.Of(provider, "gpt-5.1")),
            new InputItem.Assistant("A cat.", "final_answer"),
            new InputItem.FunctionCall("call_a", "get_weather", "{\"location\":\"Oslo\"}"),
            new InputItem.FunctionCall("call_b", "now", "{}"),
            new InputItem.FunctionOutput("call_a", "3 C"),
            User("Thanks"),
        ],
    };

    private static InputItem.User User(string text) => new([new InputPart.Text(text)]);

    private static InputItem Item(string name) => name switch
    {
        "U" => User("u"),
        "E" => new InputItem.User([]),
        "A" => new InputItem.Assistant("a", null),
        "R" => new InputItem.Reasoning(Encoding.UTF8.GetBytes(Encrypted), "here"),
        "F" => new InputItem.Reasoning(Encoding.UTF8.GetBytes(Encrypted), "elsewhere"),
        ['C', .. var id] => new InputItem.FunctionCall(id, "f", "{}"),
        ['O', .. var id] => new InputItem.FunctionOutput(id, "done"),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static string Name(InputItem item) => item switch
    {
        InputItem.User => "U",
        InputItem.Assistant => "A",
        InputItem.Reasoning => "R",
        InputItem.FunctionCall call => "C" + call.CallId,
        InputItem.FunctionOutput { Output: AotSidecar.Providers.Requests.Conversation.CancelledOutput } output => "O" + output.CallId + "!",
        InputItem.FunctionOutput output => "O" + output.CallId,
        _ => throw new ArgumentOutOfRangeException(nameof(item)),
    };

    private static JsonObject Json(ReadOnlyMemory<byte> body) => JsonNode.Parse(body.Span)!.AsObject();

    private static string Indented(ReadOnlyMemory<byte> body) =>
        Json(body).ToJsonString(new System.Text.Json.JsonSerializerOptions
        {
            WriteIndented = true,
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
}
