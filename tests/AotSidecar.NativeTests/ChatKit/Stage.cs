using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>A sidecar whose host handles tools, actions and feedback, and whose provider plays recordings, as each case says.</summary>
public sealed class Stage : IAsyncLifetime
{
    private const string WeatherTool = """[{"name":"get_weather","description":"d","parameters":{"type":"object"}}]""";

    private readonly ConcurrentQueue<JsonObject> _actions = new();
    private readonly ConcurrentQueue<JsonObject> _contexts = new();

    internal Sidecar Sidecar { get; private set; } = null!;

    internal Session Session { get; private set; } = null!;

    internal IReadOnlyList<JsonObject> Actions => [.. _actions];

    /// <summary>What the host was asked before each turn.</summary>
    internal IReadOnlyList<JsonObject> Contexts => [.. _contexts];

    /// <summary>The result of the next actions.</summary>
    internal string ActionResult { get; set; } = "{}";

    /// <summary>The result of the next runs of the host's tool <c>show</c>.</summary>
    internal string ToolResult { get; set; } = """{"content":[]}""";

    /// <summary>Completed by the next run of <c>show</c>, which then never ends.</summary>
    internal TaskCompletionSource? HeldTool { get; set; }

    /// <summary>Runs the next runs of <c>show</c> instead.</summary>
    internal Func<BridgeConnection, JsonObject, Task>? OnTool { get; set; }

    /// <summary>Answers <c>turn/context</c>; null refuses.</summary>
    internal string? Context { get; set; }

    public async Task InitializeAsync()
    {
        Sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            LogLevel = "warn",

            // The cases are about the events on the wire, one for each that was made.
            Flags = ["--delta-interval", "0"],
            Host = host =>
            {
                host.Capabilities = """{"tools":true,"actions":true,"feedback":true,"context":true}""";
                host.OnOther = AnswerAsync;
            },
        });
        Session = await MintAsync("local");
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    internal Task<Session> MintAsync(string user) => Sidecar.MintAsync(
        members: $$$""","user":"{{{user}}}","rateLimits":{"maxRequestsPer1Minute":10000},"clientTools":{{{WeatherTool}}}""");

    /// <summary>The provider's next answers, in turn; the last one stays.</summary>
    internal void Play(params Func<ProviderExchange, Task>[] answers)
    {
        var left = new ConcurrentQueue<Func<ProviderExchange, Task>>(answers);
        Sidecar.Provider.Answer = exchange => (left.Count > 1 && left.TryDequeue(out var next) ? next : left.First())(exchange);
    }

    internal static Func<ProviderExchange, Task> Words(params string[] words) => exchange => ResponsesStream.WordsAsync(exchange, words);

    /// <summary>One of the provider tests' recordings.</summary>
    internal static Func<ProviderExchange, Task> Recording(string name) => Harness.Recording.Play(name);

    internal async Task<ChatStream> StreamAsync(string body, Session? session = null) =>
        await (await Sidecar.Door.StreamAsync(session ?? Session, body)).ToEndAsync();

    internal Task<ChatStream> CreateAsync(string text = "hello") => StreamAsync(ChatBody.Message(text));

    /// <summary>A thread with one message and its answer.</summary>
    internal async Task<string> NewThreadAsync()
    {
        Play(Words("answer"));
        using var stream = await CreateAsync();
        return stream.ThreadId;
    }

    /// <summary>What a responder yields: the host's events of an action of the page.</summary>
    internal Task<ChatStream> YieldAsync(string threadId, params string[] events)
    {
        ActionResult = $$"""{"events":[{{string.Join(',', events)}}]}""";
        return StreamAsync(Action(threadId, null));
    }

    internal async Task<JsonNode> CallAsync(string body, Session? session = null)
    {
        var reply = await Sidecar.ChatAsync(session ?? Session, body);
        Assert.True(reply.Status == (int)HttpStatusCode.OK, reply.ToString());
        return reply.Json;
    }

    /// <summary>Oldest first.</summary>
    internal async Task<JsonArray> ItemsAsync(string threadId) =>
        (await CallAsync(Op("items.list", $"\"thread_id\":\"{threadId}\",\"order\":\"asc\",\"limit\":9999")))["data"]!.AsArray();

    internal static string Op(string type, string members) => $$"""{"type":"{{type}}","params":{ {{members}} } }""";

    internal static string Action(string threadId, string? itemId, bool sync = false) => Op(
        sync ? "threads.sync_custom_action" : "threads.custom_action",
        $$"""
        "thread_id":"{{threadId}}",{{(itemId is null ? "" : $"\"item_id\":\"{itemId}\",")}}"action":{"type":"go","payload":{"n":null} }
        """);

    internal static string ToolOutput(string threadId, string result) =>
        Op("threads.add_client_tool_output", $"\"thread_id\":\"{threadId}\",\"result\":{result}");

    internal static string Retry(string threadId, string itemId) =>
        Op("threads.retry_after_item", $"\"thread_id\":\"{threadId}\",\"item_id\":\"{itemId}\"");

    /// <summary>An event about an item of the host's.</summary>
    internal static string Item(string how, string item) => $$"""{"type":"thread.item.{{how}}","item":{{item}} }""";

    internal static string Message(string id, string text) =>
        $$"""{"id":"{{id}}","type":"assistant_message","content":[{"type":"output_text","text":{{JsonValue.Create(text).ToJsonString()}} }]}""";

    internal static string Widget(string id, string value) =>
        $$"""{"id":"{{id}}","type":"widget","widget":{"type":"Card","children":[{"type":"Text","id":"t","value":"{{value}}"}]} }""";

    /// <summary>A model that calls one function.</summary>
    internal static Func<ProviderExchange, Task> Calls(string name, string arguments)
    {
        var item = $$"""
            {"id":"fc_0a1b2c3d4e5f60718293a4b5c6d7e8f9","type":"function_call","status":"completed","call_id":"call_abc123","name":"{{name}}","arguments":{{JsonValue.Create(arguments).ToJsonString()}}}
            """;
        return Events(
            $$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""");
    }

    /// <summary>The events between the beginning of a response and its end.</summary>
    internal static Func<ProviderExchange, Task> Events(params string[] events) => async exchange =>
    {
        await exchange.BeginStreamAsync();
        var sequence = 0;
        foreach (var data in events
            .Prepend("""{"type":"response.created","response":{"id":"resp_1","status":"in_progress","output":[]}}""")
            .Append("""{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[]}}"""))
        {
            var json = JsonNode.Parse(data)!;
            json["sequence_number"] = sequence++;
            await exchange.EventAsync(string.Create(
                CultureInfo.InvariantCulture, $"event: {(string)json["type"]!}\ndata: {json.ToJsonString()}\n\n"));
        }

        await exchange.EndStreamAsync();
    };

    private Task AnswerAsync(BridgeConnection bridge, JsonObject request)
    {
        var id = request["id"]!;
        switch ((string)request["method"]!)
        {
            case "tools/list":
                return bridge.ReplyAsync(id, """{"tools":[{"name":"show","inputSchema":{"type":"object"}}]}""");
            case "tools/call" when HeldTool is { } held:
                held.SetResult();
                return Task.CompletedTask;
            case "tools/call" when OnTool is { } run:
                return run(bridge, request);
            case "tools/call":
                return bridge.ReplyAsync(id, ToolResult);
            case "turn/context" when Context is { } context:
                _contexts.Enqueue((JsonObject)request["params"]!);
                return bridge.ReplyAsync(id, context);
            case "actions/invoke":
                _actions.Enqueue((JsonObject)request["params"]!);
                return bridge.ReplyAsync(id, ActionResult);
            default:
                return bridge.FailAsync(id, -32601);
        }
    }
}
