using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Demo;

/// <summary>
/// An extension host in this process: the other end of a real private pipe, with the same handshake as any extension's.
/// </summary>
internal sealed class DemoHost(LaunchSecret secret, string apiKey, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    /// <summary>The one key id this host knows.</summary>
    public const string KeyId = "demo";

    private readonly PrivatePipe _pipe = PrivatePipe.Create();
    private readonly TaskCompletionSource<bool> _proven = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JsonRpcConnection? _connection;
    private string _sidecarNonce = "";
    private string _hostNonce = "";

    public string PipePath => _pipe.Path;

    /// <summary>Whether the sidecar has proved itself.</summary>
    public Task<bool> Proven => _proven.Task;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var pipe = _pipe.Listen();
        await pipe.WaitForConnectionAsync(cancellationToken);
        var methods = new HostMethodTable();
        methods.Open(
        [
            new Method("initialize", Initialize),
            new Method("initialized", Initialized),
            new Method("secrets/get", GetSecret),
            new Method("tools/list", static _ => DemoTools.List),
            new Method("tools/call", (p, end) => DemoTools.CallAsync(p, clock, end)),
            new Method("actions/invoke", static p => DemoTools.Act(p)),
            new Method("feedback/submit", static _ => null),
        ]);
        _connection = new JsonRpcConnection(pipe, methods, clock, logger);
        await _connection.RunAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }

        _pipe.Dispose();
    }

    private byte[] Initialize(JsonElement parameters)
    {
        _sidecarNonce = HostParams.Read(parameters, BridgeJson.Default.InitializeParams).Nonce;
        _hostNonce = IdentityProof.CreateNonce();
        var proof = IdentityProof.OfHost(secret.Key, _sidecarNonce, _hostNonce);
        var result = new InitializeResult
        {
            ProtocolVersion = LaunchLines.ProtocolVersion,
            Host = new PeerInfo("demo", SidecarVersion.Text),
            Nonce = _hostNonce,
            Proof = proof,
            Capabilities = new HostCapabilities(Tools: true, Actions: true, Feedback: true),
        };
        return JsonSerializer.SerializeToUtf8Bytes(result, BridgeJson.Default.InitializeResult);
    }

    private byte[]? Initialized(JsonElement parameters)
    {
        var expected = IdentityProof.OfSidecar(secret.Key, _hostNonce, _sidecarNonce);
        _proven.TrySetResult(IdentityProof.Equal(expected, HostParams.Read(parameters, BridgeJson.Default.InitializedParams).Proof));
        return null;
    }

    private byte[] GetSecret(JsonElement parameters)
    {
        if (!_proven.Task.IsCompletedSuccessfully || !_proven.Task.Result)
        {
            throw new HostMethodException(-32002, "the sidecar has not proved itself");
        }

        return HostParams.Read(parameters, BridgeJson.Default.GetSecretParams).SecretKeyId == KeyId
            ? JsonSerializer.SerializeToUtf8Bytes(new GetSecretResult { Secret = apiKey }, BridgeJson.Default.GetSecretResult)
            : throw new HostMethodException(-32001, "the demo has one key");
    }

    private sealed class Method(string name, Func<JsonElement, CancellationToken, ValueTask<byte[]?>> handler) : IHostMethod
    {
        public Method(string name, Func<JsonElement, byte[]?> handler)
            : this(name, (parameters, _) => ValueTask.FromResult(handler(parameters)))
        {
        }

        public string Name => name;

        public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken) =>
            handler(parameters, cancellationToken);
    }
}
