using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// A host on a raw pipe. By default it keeps docs/contract.md#bridge and gives every key id the provider of the test; each
/// step can be replaced by one that does not.
/// </summary>
internal sealed class BridgeHost : IAsyncDisposable
{
    private readonly PipeListener _listener = PipeListener.Create();
    private readonly TaskCompletionSource<BridgeConnection> _connected = Signal<BridgeConnection>();
    private readonly TaskCompletionSource<JsonObject> _initialized = Signal<JsonObject>();
    private readonly List<BridgeConnection> _connections = [];

    public BridgeHost()
    {
        OnInitialize = IntroduceAsync;
        OnSecretsGet = GiveSecretAsync;
        OnOther = (connection, request) => connection.FailAsync(request["id"]!, -32601);
    }

    public string PipePath => _listener.Path;

    public string LaunchSecret { get; } = BridgeProof.NewSecret();

    public byte[] LaunchLine => Encoding.UTF8.GetBytes($$"""{"launchSecret":"{{LaunchSecret}}"}""" + "\n");

    /// <summary>The API key of a key id; used by the default answer to <c>secrets/get</c>.</summary>
    public Func<string, string> ApiKey { get; set; } = id => $"sk-test-{id.Replace('/', '-')}-0123456789";

    public string? BaseUrl { get; set; }

    public string Capabilities { get; set; } = "{}";

    public Func<BridgeConnection, JsonObject, Task> OnInitialize { get; set; }

    public Func<BridgeConnection, JsonObject, Task> OnSecretsGet { get; set; }

    /// <summary>Answers whatever else the sidecar calls; notifications never come here.</summary>
    public Func<BridgeConnection, JsonObject, Task> OnOther { get; set; }

    public IReadOnlyList<BridgeConnection> Connections => _connections;

    public void Listen(int connectionsToAccept = 4)
    {
        _listener.Listen(connectionsToAccept);
        _ = AcceptAsync();
    }

    public Task<BridgeConnection> ConnectedAsync() => _connected.Task.Within("the sidecar's connection to the bridge");

    /// <summary>The parameters of <c>initialized</c>, whose proof has been checked.</summary>
    public Task<JsonObject> InitializedAsync() => _initialized.Task.Within("the sidecar's proof of identity");

    public IEnumerable<JsonObject> SecretsGetCalls() =>
        _connections.SelectMany(connection => connection.Received)
            .Where(message => (string?)message["method"] == "secrets/get");

    public async Task IntroduceAsync(BridgeConnection connection, JsonObject request)
    {
        var sidecarNonce = (string)request["params"]!["nonce"]!;
        var hostNonce = BridgeProof.NewSecret();
        _ = ExpectProofAsync(connection, sidecarNonce, hostNonce);
        await connection.ReplyAsync(
            request["id"]!, InitializeResult(hostNonce, BridgeProof.ForHost(LaunchSecret, sidecarNonce, hostNonce)));
    }

    public string InitializeResult(string nonce, string proof, int version = 1) => $$$"""
        {"protocolVersion":{{{version}}},"host":{"name":"test","version":"1.0.0"},"nonce":"{{{nonce}}}",
         "proof":"{{{proof}}}","capabilities":{{{Capabilities}}}}
        """;

    public Task GiveSecretAsync(BridgeConnection connection, JsonObject request)
    {
        var result = new JsonObject { ["secret"] = ApiKey((string)request["params"]!["secretKeyId"]!) };
        if (BaseUrl is not null)
        {
            result["baseUrl"] = BaseUrl;
        }

        return connection.ReplyAsync(request["id"]!, result.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        await Task.WhenAll(_connections.Select(connection => connection.Closed.Task)).Within("the end of the bridge");
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync() is { } stream)
        {
            var connection = new BridgeConnection(stream);
            _connections.Add(connection);
            _ = connection.PumpAsync(message => AnswerAsync(connection, message));
            _connected.TrySetResult(connection);
        }
    }

    private async Task AnswerAsync(BridgeConnection connection, JsonObject message)
    {
        try
        {
            var answer = ((string?)message["method"], message.ContainsKey("id")) switch
            {
                ("initialize", true) => OnInitialize(connection, message),
                ("secrets/get", true) => OnSecretsGet(connection, message),
                (not null, true) => OnOther(connection, message),
                _ => Task.CompletedTask,
            };
            await answer;
        }
        catch (IOException)
        {
            // the sidecar has gone meanwhile; whoever waits for it sees that
        }
        catch (ObjectDisposedException)
        {
            // the test has closed this connection meanwhile
        }
    }

    private async Task ExpectProofAsync(BridgeConnection connection, string sidecarNonce, string hostNonce)
    {
        var message = await connection.MessageAsync(message => (string?)message["method"] == "initialized");
        var expected = BridgeProof.ForSidecar(LaunchSecret, sidecarNonce, hostNonce);
        if ((string?)message["params"]!["proof"] == expected)
        {
            _initialized.TrySetResult((JsonObject)message["params"]!);
        }
        else
        {
            _initialized.TrySetException(new InvalidOperationException("the sidecar's proof is wrong"));
        }
    }

    private static TaskCompletionSource<T> Signal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
