using System.Text;
using System.Text.Json.Nodes;
using AotSidecar.Benchmarks.Net;
using AotSidecar.NativeTests.Harness;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>A running sidecar with its host.</summary>
internal sealed class Sidecar : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly BridgeHost _host;
    private readonly ServerProcess _process;

    private Sidecar(BridgeHost host, ServerProcess process, int port, long readyAt) =>
        (_host, _process, Port, ReadyAt) = (host, process, port, readyAt);

    public int Port { get; }

    public int ProcessId => _process.Id;

    public long StartedAt => _process.StartedAt;

    public long ReadyAt { get; }

    public static async Task<Sidecar> StartAsync(
        string file, string folder, string provider, CancellationToken cancellationToken)
    {
        var host = new BridgeHost { BaseUrl = provider + "/v1" };
        host.Listen(connectionsToAccept: 1);
        ServerProcess? process = null;
        try
        {
            process = new ServerProcess(
                file,
                ["serve", "--bridge", host.PipePath, "--max-sessions", "4096", "--session-lifetime", "3600", "--log-level", "error", "--delta-interval", "0"],
                Encoding.UTF8.GetString(host.LaunchLine),
                folder);
            using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
            var line = JsonNode.Parse(await process.ReadLineAsync(either.Token))!;
            var readyAt = MonotonicClock.Now;
            return (string?)line["event"] == "ready"
                ? new Sidecar(host, process, (int)line["port"]!, readyAt)
                : throw new InvalidOperationException($"The sidecar refused to start: {line.ToJsonString()}");
        }
        catch
        {
            process?.Dispose();
            await host.DisposeAsync();
            throw;
        }
    }

    public long WaitForHealth() => _process.WaitForSuccess(Port, HttpBytes.Get("/health", Port));

    public byte[] MintRequest() =>
        HttpBytes.Post("/sessions", Port, _host.LaunchSecret, "{\"secret_key_id\":\"bench\"}");

    /// <summary>Session tokens over the bridge, where minting is not limited per minute.</summary>
    public async Task<string> MintAsync(CancellationToken cancellationToken)
    {
        var bridge = await _host.ConnectedAsync();
        var reply = await bridge
            .CallAsync("sessions/create", """{"secretKeyId":"bench","rateLimits":{"maxRequestsPer1Minute":100000}}""")
            .WaitAsync(cancellationToken);
        return (string?)reply["result"]?["clientSecret"]
            ?? throw new InvalidOperationException($"No session over the bridge: {reply.ToJsonString()}");
    }

    public void Dispose()
    {
        _process.Dispose();
        // Its connections are closed by this call itself; there is nothing to wait for.
        _host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
