using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AotSidecar.NativeTests.Providers;

/// <summary>One bad thing in the history of a thread, and a provider that refuses it: the thread goes on.</summary>
public sealed partial class HistoryTests
{
    private const string Half = "{\"path\": \"a.txt";

    public static TheoryData<string> Dialects => [Dialect.ChatCompletions, Dialect.Responses];

    /// <summary>What is corrected before the first request, so that no provider ever refuses it.</summary>
    public static TheoryData<string, string, string> NeverSent => new()
    {
        { Dialect.ChatCompletions, "add_note", Half },
        { Dialect.Responses, "add_note", Half },
        { Dialect.ChatCompletions, "add_note", "[1]" },
        { Dialect.Responses, "add_note", "\"text\"" },
        { Dialect.ChatCompletions, "read_file<|channel|>commentary", "{}" },
        { Dialect.Responses, "read file.now", "{}" },
        { Dialect.ChatCompletions, "ünder", "{}" },
        { Dialect.Responses, new string('n', 100), "{}" },
    };

    [Theory]
    [MemberData(nameof(NeverSent))]
    public async Task Call_WithABadNameOrArguments_DoesNotSpoilItsThread(string dialect, string name, string arguments)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(exchange => Dialect.Of(dialect).CallAsync(exchange, new ProviderCall("call_a", name, arguments)), Strict(dialect, _ => null));

        var first = await stage.SayAsync();
        var second = await stage.SayAsync("again", first.ThreadId);

        Assert.Equal((null, null), (first.Error?.ToJsonString(), second.Error?.ToJsonString()));
        Assert.Equal(3, stage.Provider.Requests.Count);
        if (arguments == Half)
        {
            Assert.All(stage.Provider.Requests.Skip(1), request =>
                Assert.Contains(Half, Dialect.Of(dialect).Outputs(request)["call_a"], StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions, """{"content":[]}""")]
    [InlineData(Dialect.Responses, """{"content":[]}""")]
    [InlineData(Dialect.ChatCompletions, """{"content":[{"type":"text","text":" \n"}]}""")]
    public async Task Result_OfNothing_IsSentAsSomething(string dialect, string result)
    {
        await using var stage = await ProviderStage.StartAsync(dialect, result: result);
        stage.Script(exchange => Dialect.Of(dialect).CallAsync(exchange, new ProviderCall("call_a", "add_note")), Strict(dialect, _ => null));

        var stream = await stage.SayAsync();

        Assert.Null(stream.Error);
        Assert.Equal("(no output)", Dialect.Of(dialect).Outputs(stage.Provider.Requests[1])["call_a"]);
    }

    [Theory]
    [InlineData("Unexpected role 'user' after role 'tool'", 400)]
    [InlineData("Conversation roles must alternate user/assistant/user/assistant/...", 500)]
    public async Task UserAfterATool_WhereItIsRefused_GetsAnAnswerBetween(string message, int status)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            exchange => Dialect.Of(Dialect.ChatCompletions).CallAsync(exchange, new ProviderCall("call_a", "add_note")),
            ProviderStage.Refuses(401, "{}"),
            Strict(Dialect.ChatCompletions, request => Roles(request).Contains("tool user", StringComparison.Ordinal) ? message : null, status));

        var first = await stage.SayAsync();
        stage.Provider.Answer = Strict(
            Dialect.ChatCompletions, request => Roles(request).Contains("tool user", StringComparison.Ordinal) ? message : null, status);
        var session = await stage.Sidecar.MintAsync();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var stream = await stage.Sidecar.StreamAsync(session, "again", first.ThreadId);
            await stream.ToEndAsync();
            Assert.Null(stream.Error);
        }

        Assert.Equal("user assistant tool assistant user", Roles(stage.Provider.Requests[3]));
        Assert.Equal(5, stage.Provider.Requests.Count);
    }

    [Theory]
    [InlineData(Dialect.ChatCompletions, "functions.read_file:0")]
    [InlineData(Dialect.Responses, "functions.read_file:0")]
    [InlineData(Dialect.ChatCompletions, "chatcmpl-tool-0123456789abcdef0123456789abcdef")]
    public async Task CallIds_GoBackToTheirOwnProviderAndToNoOther(string dialect, string id)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(exchange => Dialect.Of(dialect).CallAsync(exchange, new ProviderCall(id, "add_note")), Words(dialect));

        var first = await stage.SayAsync();
        await stage.SayAsync("again", first.ThreadId);
        using var other = await stage.Sidecar.Door.StreamAsync(
            stage.Session, ChatBody.Message("again", first.ThreadId).Replace("\"inference_options\":{}", "\"inference_options\":{\"model\":\"another\"}"));
        await other.ToEndAsync();

        Assert.Equal(id, Assert.Single(Dialect.Of(dialect).Outputs(stage.Provider.Requests[1])).Key);
        Assert.Equal(id, Assert.Single(Dialect.Of(dialect).Outputs(stage.Provider.Requests[2])).Key);
        var rewritten = Assert.Single(Dialect.Of(dialect).Outputs(stage.Provider.Requests[3])).Key;
        Assert.Matches("^[a-zA-Z0-9_-]{1,40}$", rewritten);
        Assert.Equal(rewritten, Assert.Single(Calls(stage.Provider.Requests[3])).Id);
    }

    [Theory]
    [InlineData("messages[1].tool_calls[0].id: string does not match pattern '^[a-zA-Z0-9_-]+$'", "^[a-zA-Z0-9_-]{1,40}$")]
    [InlineData("Tool call id was functions.x:0 but must be a-z, A-Z, 0-9, with a length of 9.", "^[a-zA-Z0-9]{9}$")]
    public async Task CallIds_ThatAreRefused_AreRewrittenFromThenOn(string message, string pattern)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(
            exchange => Dialect.Of(Dialect.ChatCompletions).CallAsync(exchange, new ProviderCall("functions.x:0", "add_note")),
            Strict(Dialect.ChatCompletions, request => Calls(request).Any(call => !Regex.IsMatch(call.Id, pattern)) ? message : null));

        var first = await stage.SayAsync();
        var second = await stage.SayAsync("again", first.ThreadId);

        Assert.Equal((null, null), (first.Error?.ToJsonString(), second.Error?.ToJsonString()));
        Assert.Equal(4, stage.Provider.Requests.Count);
    }

    public static TheoryData<string, string, string, int, string> RefusedFiles => new()
    {
        { Dialect.Responses, "data.bin", "application/octet-stream", 400, "Unsupported file type: application/octet-stream" },
        { Dialect.ChatCompletions, "report.pdf", "application/pdf", 400, "Invalid request" },
        { Dialect.Responses, "logo.svg", "image/svg+xml", 400, "The image data you provided does not represent a valid image." },
        { Dialect.ChatCompletions, "photo.png", "image/png", 404, "No endpoints found that support image input" },
        { Dialect.ChatCompletions, "photo.png", "image/png", 413, "Payload too large" },
        { Dialect.Responses, "photo.png", "image/png", 422, "" },
    };

    [Theory]
    [MemberData(nameof(RefusedFiles))]
    public async Task File_ThatIsRefused_IsNamedInsteadFromThenOn(string dialect, string name, string type, int status, string message)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Provider.Answer = Strict(
            dialect, request => request.Json.ToJsonString().Contains("base64", StringComparison.Ordinal) ? message : null, status);
        var announced = await stage.Sidecar.ChatAsync(
            stage.Session, $$$"""{"type":"attachments.create","params":{"name":"{{{name}}}","size":5,"mime_type":"{{{type}}}"}}""");
        var id = (string)announced.Json["id"]!;
        await stage.Sidecar.SendAsync(new HttpCall("PUT", $"/attachments/{id}") { Bearer = stage.Session.Token, Body = "hello", ContentType = type });

        using var first = await stage.Sidecar.Door.StreamAsync(
            stage.Session, ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{id}\"]"));
        await first.ToEndAsync();
        var second = await stage.SayAsync("again", first.ThreadId);

        Assert.Equal((null, null), (first.Error?.ToJsonString(), second.Error?.ToJsonString()));
        Assert.Equal(3, stage.Provider.Requests.Count);
        Assert.All(stage.Provider.Requests.Skip(1), request => Assert.Contains(name, request.Json.ToJsonString(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Text_ThatIsBlank_IsNotSentBack(string dialect)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(exchange => Dialect.Of(dialect).SayAsync(exchange, "\n\n"), Strict(dialect, _ => null));

        var first = await stage.SayAsync();
        var second = await stage.SayAsync("again", first.ThreadId);

        Assert.Null(second.Error);
        Assert.DoesNotContain("assistant", stage.Provider.Requests[1].Json.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_ThatAreRefusedOneAfterTheOther_AreLeftOutInOneTurn()
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Provider.Answer = Strict(Dialect.ChatCompletions, request =>
            request.Json["stream_options"] is not null ? "Unsupported parameter: stream_options"
            : request.Json["tools"] is not null ? "registry.ollama.ai/library/m does not support tools"
            : (string?)request.Json["messages"]![0]!["role"] == "system" ? "System role not supported"
            : null);
        var session = await stage.Sidecar.MintAsync(members: ""","instructions":"Be kind." """);

        foreach (var expected in new[] { 4, 5 })
        {
            using var stream = await stage.Sidecar.StreamAsync(session, "hello");
            await stream.ToEndAsync();
            Assert.Null(stream.Error);
            Assert.Equal(expected, stage.Provider.Requests.Count);
        }

        Assert.Contains("Be kind.", (string?)stage.Provider.Requests[^1].Json["messages"]![0]!["content"], StringComparison.Ordinal);
    }

    /// <summary>Refuses what the strictest providers refuse, and what <paramref name="refuse"/> names; else answers.</summary>
    private static Func<ProviderExchange, Task> Strict(string dialect, Func<ProviderRequest, string?> refuse, int status = 400) => exchange =>
    {
        var request = exchange.Request;
        var wrong = refuse(request)
            ?? Calls(request).Select(static call =>
                !NamePattern().IsMatch(call.Name) ? "Invalid 'name': pattern '^[a-zA-Z0-9_-]{1,64}$'"
                : !IsObject(call.Arguments) ? "arguments must be in JSON format"
                : null).FirstOrDefault(static one => one is not null)
            ?? (Dialect.Of(dialect).Outputs(request).Values.Any(string.IsNullOrWhiteSpace) ? "content is empty" : null);
        return wrong is null ? Words(dialect)(exchange) : exchange.ReplyAsync(status, ProviderStage.Error(wrong));
    };

    private static Func<ProviderExchange, Task> Words(string dialect) => exchange => Dialect.Of(dialect).SayAsync(exchange, "fine");

    private static IEnumerable<(string Id, string Name, string Arguments)> Calls(ProviderRequest request) =>
        (request.Json["messages"]?.AsArray().SelectMany(static message => message!["tool_calls"]?.AsArray() ?? [])
            .Select(static call => ((string)call!["id"]!, (string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!)) ?? [])
        .Concat(request.Json["input"]?.AsArray().Where(static item => (string?)item!["type"] == "function_call")
            .Select(static call => ((string)call!["call_id"]!, (string)call["name"]!, (string)call["arguments"]!)) ?? []);

    private static string Roles(ProviderRequest request) =>
        string.Join(' ', request.Json["messages"]!.AsArray().Select(static message => (string?)message!["role"]));

    private static bool IsObject(string json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex NamePattern();
}
