using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>A sidecar between a real Node host with tools and a scripted provider of one of the two dialects.</summary>
internal sealed class ToolStage : IAsyncDisposable
{
    private readonly FakeProvider _provider = new();
    private readonly string _clientTools;
    private HttpDoor _door = null!;
    private int _answered;

    private ToolStage(Dialect dialect, string clientTools) => (Dialect, _clientTools) = (dialect, clientTools);

    public Dialect Dialect { get; }

    public NodeHost Host { get; private set; } = null!;

    public Session Session { get; private set; } = null!;

    public IReadOnlyList<ProviderRequest> Requests => _provider.Requests;

    public static async Task<ToolStage> StartAsync(string dialect, string host, string clientTools = "[]", params string[] flags)
    {
        var stage = new ToolStage(Dialect.Of(dialect), clientTools);
        var configuration = JsonNode.Parse(host)!.AsObject();
        configuration["capabilities"] = new JsonObject { ["tools"] = true };
        stage.Host = await NodeHost.StartWithSidecarAsync(
            new JsonObject { ["k"] = NodeHost.Secret("sk-test-tool-loop-0123456789", stage._provider, dialect) }, more: configuration, flags: flags);
        await stage.OpenAsync();
        return stage;
    }

    /// <summary>Ends the sidecar and has the same host start another one with the same flags.</summary>
    public async Task RestartAsync()
    {
        var starts = Host.Count("announced");
        await Host.CallAsync("shutdown", null);
        await Host.EventAsync("exited", starts);
        await Host.CommandAsync(new JsonObject { ["spawnAgain"] = true });
        await OpenAsync(starts + 1);
    }

    private async Task OpenAsync(int start = 1)
    {
        var announced = await Host.EventAsync("announced", start);
        _door = new HttpDoor((int)announced["line"]!["port"]!);
        await Host.EventAsync("proven", start);
        var minted = await Host.CallAsync(
            "sessions/create", new JsonObject { ["secretKeyId"] = "k", ["clientTools"] = JsonNode.Parse(_clientTools) });
        Session = new Session((string)minted!["id"]!, (string)minted["clientSecret"]!);
    }

    /// <summary>What the provider answers, one request after the other; a request beyond them fails.</summary>
    public void Script(params Func<ProviderExchange, Task>[] answers)
    {
        _answered = 0;
        _provider.Answer = exchange => answers[Interlocked.Increment(ref _answered) - 1](exchange);
    }

    public Func<ProviderExchange, Task> Says(string text) => exchange => Dialect.SayAsync(exchange, text);

    public Func<ProviderExchange, Task> Calls(params ProviderCall[] calls) => exchange => Dialect.CallAsync(exchange, calls);

    public Task<ChatStream> StreamAsync(string text, string? threadId = null) => PostAsync(ChatBody.Message(text, threadId));

    public Task<ChatStream> PostAsync(string body) => _door.StreamAsync(Session, body);

    public async Task<JsonNode> AskAsync(string body)
    {
        var reply = await _door.SendAsync(new HttpCall("POST", "/chatkit") { Bearer = Session.Token, Body = body });
        return reply.Status == 200 ? reply.Json : throw new InvalidOperationException(reply.ToString());
    }

    /// <summary>The items of a thread, oldest first.</summary>
    public async Task<IReadOnlyList<JsonNode>> ItemsAsync(string threadId)
    {
        var page = await AskAsync($$$"""{"type":"items.list","params":{"thread_id":"{{{threadId}}}","order":"asc"}}""");
        return [.. page["data"]!.AsArray().Select(static item => item!)];
    }

    /// <summary>The tasks of the one workflow that a stream finished.</summary>
    public static IReadOnlyList<JsonNode> Tasks(ChatStream stream) =>
    [
        .. stream.Events.Single(static one => (string?)one["type"] == "thread.item.done" && (string?)one["item"]!["type"] == "workflow")
            ["item"]!["workflow"]!["tasks"]!.AsArray().Select(static task => task!),
    ];

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _provider.Dispose();
    }
}
