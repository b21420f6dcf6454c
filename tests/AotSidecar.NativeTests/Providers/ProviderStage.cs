using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Providers;

/// <summary>A sidecar whose host has a few tools, before a provider whose every byte a test scripts.</summary>
internal sealed class ProviderStage : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonNode> _toolCalls;

    private ProviderStage(Sidecar sidecar, Session session, ConcurrentQueue<JsonNode> toolCalls) =>
        (Sidecar, Session, _toolCalls) = (sidecar, session, toolCalls);

    public Session Session { get; }

    public FakeProvider Provider => Sidecar.Provider;

    public Sidecar Sidecar { get; }

    /// <summary>The tool calls that reached the host, as <c>name arguments</c>.</summary>
    public IReadOnlyList<string> Ran => [.. _toolCalls.Select(static call => $"{call["name"]} {call["arguments"]!.ToJsonString()}")];

    /// <param name="tools">What the host offers, as MCP lists it.</param>
    /// <param name="result">What every tool answers.</param>
    public static async Task<ProviderStage> StartAsync(
        string dialect = Dialect.ChatCompletions,
        string tools = """[{"name":"add_note","inputSchema":{"type":"object"}},{"name":"list","inputSchema":{"type":"object"}}]""",
        string result = """{"content":[{"type":"text","text":"noted"}]}""",
        string members = "",
        params string[] flags)
    {
        var calls = new ConcurrentQueue<JsonNode>();
        var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--upstream-api", dialect, .. flags],
            Host = host =>
            {
                host.Capabilities = """{"tools":true}""";
                host.OnOther = (bridge, request) =>
                {
                    if ((string?)request["method"] == "tools/call")
                    {
                        calls.Enqueue(request["params"]!);
                        return bridge.ReplyAsync(request["id"]!, result);
                    }

                    return (string?)request["method"] == "tools/list"
                        ? bridge.ReplyAsync(request["id"]!, $$"""{"tools":{{tools}}}""")
                        : bridge.FailAsync(request["id"]!, -32601);
                };
            },
        });
        return new ProviderStage(sidecar, await sidecar.MintAsync(members: members), calls);
    }

    /// <summary>Answers the requests one after the other; the last answer serves for all that follow.</summary>
    public void Script(params Func<ProviderExchange, Task>[] answers)
    {
        var count = 0;
        Provider.Answer = exchange => answers[Math.Min(Interlocked.Increment(ref count), answers.Length) - 1](exchange);
    }

    /// <summary>Answers with a whole stream.</summary>
    public static Func<ProviderExchange, Task> Plays(params string[] frames) => exchange => Recording.PlayAsync(exchange, string.Concat(frames));

    public static Func<ProviderExchange, Task> Refuses(int status, string body) => exchange => exchange.ReplyAsync(status, body);

    /// <summary>An error document with the members that providers of OpenAI's kind send.</summary>
    public static string Error(string message, string? param = null, string? code = null) => new JsonObject
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = param, ["code"] = code },
    }.ToJsonString();

    /// <summary>One turn, read to its end.</summary>
    public async Task<ChatStream> SayAsync(string text = "hello", string? threadId = null)
    {
        using var stream = await Sidecar.StreamAsync(Session, text, threadId);
        return await stream.ToEndAsync();
    }

    public async ValueTask DisposeAsync() => await Sidecar.DisposeAsync();
}
