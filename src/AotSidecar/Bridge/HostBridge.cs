using System.IO.Pipes;
using System.Security.Principal;
using System.Text.Json;
using AotSidecar.Http;
using AotSidecar.Json;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Bridge;

/// <summary>
/// The sidecar's end of the pipe for the life of the process: connects, proves who is who, then carries calls both
/// ways. Until the host's proof has been checked nothing but <c>initialize</c> is sent and nothing is answered.
/// </summary>
internal sealed class HostBridge(
    BridgeOptions options, LaunchSecret secret, RequestCounters counters, TimeProvider clock, ILogger<HostBridge> logger)
    : IExtensionHost, IAsyncDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    private readonly HostMethodTable _methods = new();
    private readonly TaskCompletionSource<BridgeProtocolException?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile JsonRpcConnection? _connection;
    private string _sidecarNonce = "";
    private string _hostNonce = "";
    private bool _open;

    public HostCapabilities Capabilities { get; private set; } = HostCapabilities.None;

    /// <summary>
    /// Completes when the connection has ended: null if the host closed it, else the protocol violation.
    /// </summary>
    public Task<BridgeProtocolException?> Ended => _ended.Task;

    /// <summary>Number of replies to unknown, answered or timed-out calls; they are dropped.</summary>
    public long DroppedReplies => _connection?.DroppedReplies ?? 0;

    /// <summary>Connects and checks the host's proof. Afterwards <see cref="OpenAsync"/> lets calls through.</summary>
    /// <exception cref="FatalException">With a bridge code.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new JsonRpcConnection(await ConnectPipeAsync(cancellationToken), _methods, clock, logger);
        _connection = connection;
        _ = RunAsync(connection);
        _sidecarNonce = IdentityProof.CreateNonce();
        var hello = new InitializeParams(
            LaunchLines.ProtocolVersion, new PeerInfo(SidecarVersion.Name, SidecarVersion.Text, Environment.ProcessId), _sidecarNonce);
        var reply = await connection.CallAsync(
            "initialize",
            JsonSerializer.SerializeToUtf8Bytes(hello, BridgeJson.Default.InitializeParams),
            HandshakeTime,
            cancellationToken);
        switch (reply)
        {
            case HostReply.Result result:
                CheckHost(result.Value);
                break;
            case HostReply.TimedOut:
                throw Untrusted("the host did not answer initialize within 5 s");
            case HostReply.Error or HostReply.Malformed:
                throw Unusable();
            default:
                throw new FatalException("bridge_unavailable", ExitCode.Bridge, "the host closed the pipe during initialize");
        }
    }

    /// <summary>Sends our proof with the port; from here on calls go both ways.</summary>
    public async Task OpenAsync(int port, IEnumerable<IHostMethod> methods, CancellationToken cancellationToken)
    {
        _methods.Open(methods);
        _open = true;
        var proof = new InitializedParams(IdentityProof.OfSidecar(secret.Key, _hostNonce, _sidecarNonce), port);
        await _connection!.NotifyAsync(
            "initialized", JsonSerializer.SerializeToUtf8Bytes(proof, BridgeJson.Default.InitializedParams), cancellationToken);
    }

    public async Task<HostReply> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (!_open || _connection is not { } connection)
        {
            return new HostReply.Unavailable();
        }

        counters.Add("bridge_calls", method);
        var reply = await connection.CallAsync(method, parameters, timeout ?? options.Timeout, cancellationToken);
        if (reply is HostReply.TimedOut)
        {
            counters.Add("bridge_timeouts", method);
        }

        logger.Called(method, reply.GetType().Name);
        return reply;
    }

    public Task NotifyAsync(string method, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        _open && _connection is { } connection ? connection.NotifyAsync(method, parameters, cancellationToken) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task RunAsync(JsonRpcConnection connection)
    {
        var broken = await connection.RunAsync(CancellationToken.None);
        if (broken is null)
        {
            logger.BridgeClosed();
        }
        else
        {
            logger.BridgeBroken(broken.Message);
        }

        _ended.TrySetResult(broken);
    }

    /// <summary>
    /// Retries for up to 3 s, because host and sidecar start at the same time and the socket may not exist yet.
    /// </summary>
    private async Task<Stream> ConnectPipeAsync(CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            // CurrentUserOnly: the kernel checks who owns the pipe. Anonymous: else a rogue server on Windows could act
            // as this user.
            var pipe = new NamedPipeClientStream(
                ".", options.Pipe, PipeDirection.InOut,
                PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly | PipeOptions.WriteThrough,
                TokenImpersonationLevel.Anonymous);
            try
            {
                var left = ConnectTime - clock.GetElapsedTime(start);
                await pipe.ConnectAsync(left > RetryPause ? left : RetryPause, cancellationToken);
                return pipe;
            }
            catch (UnauthorizedAccessException)
            {
                await pipe.DisposeAsync();
                throw Untrusted("the pipe belongs to another user");
            }
            catch (Exception e) when (e is IOException or TimeoutException or System.Net.Sockets.SocketException or ArgumentException)
            {
                await pipe.DisposeAsync();
                if (clock.GetElapsedTime(start) + RetryPause >= ConnectTime || e is ArgumentException)
                {
                    throw new FatalException(
                        "bridge_unavailable", ExitCode.Bridge, "cannot connect to the host's pipe; is the extension listening on it?");
                }

                await Task.Delay(RetryPause, clock, cancellationToken);
            }
        }
    }

    private void CheckHost(JsonElement result)
    {
        if (!JsonInput.TryRead(result, BridgeJson.Default.InitializeResult, out var host, out _))
        {
            throw Unusable();
        }

        if (host.ProtocolVersion != LaunchLines.ProtocolVersion)
        {
            throw new FatalException(
                "bridge_protocol_error", ExitCode.Bridge, $"the host speaks another protocol version than {LaunchLines.ProtocolVersion}; update the extension");
        }

        if (!IdentityProof.IsNonce(host.Nonce)
            || !IdentityProof.Equal(IdentityProof.OfHost(secret.Key, _sidecarNonce, host.Nonce!), host.Proof))
        {
            throw Untrusted("the host could not prove that it knows the launch secret");
        }

        _hostNonce = host.Nonce!;
        Capabilities = host.Capabilities ?? HostCapabilities.None;
        logger.BridgeUp(host.Host?.Name ?? "unnamed", host.Host?.Version ?? "?");
    }

    private static FatalException Unusable() =>
        new("bridge_protocol_error", ExitCode.Bridge, "the host's answer to initialize is not usable; update the extension");

    private static FatalException Untrusted(string message) => new("bridge_untrusted", ExitCode.Bridge, message);
}
