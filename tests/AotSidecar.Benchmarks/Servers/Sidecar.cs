using System.Text.Json.Nodes;
using AotSidecar.Benchmarks.Net;

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
        var host = new BridgeHost(folder, provider + "/v1");
        ServerProcess? process = null;
        try
        {
            process = new ServerProcess(
                file,
                ["serve", "--bridge", host.PipePath, "--max-sessions", "4096", "--session-lifetime", "3600", "--log-level", "error"],
                $"{{\"launchSecret\":\"{host.LaunchSecret}\"}}\n",
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
            host.Dispose();
            throw;
        }
    }

    public long WaitForHealth() => _process.WaitForSuccess(Port, HttpBytes.Get("/health", Port));

    public byte[] MintRequest() =>
        HttpBytes.Post("/sessions", Port, _host.LaunchSecret, "{\"secret_key_id\":\"bench\"}");

    /// <summary>Session tokens over the bridge, where minting is not limited per minute.</summary>
    public async Task<string> MintAsync(CancellationToken cancellationToken)
    {
        var session = await _host.CallAsync(
            "sessions/create",
            new JsonObject
            {
                ["secretKeyId"] = "bench",
                ["rateLimits"] = new JsonObject { ["maxRequestsPer1Minute"] = 100_000 },
            },
            cancellationToken);
        return (string?)session?["clientSecret"]
            ?? throw new InvalidOperationException($"No session over the bridge: {session?.ToJsonString()}");
    }

    public void Dispose()
    {
        _process.Dispose();
        _host.Dispose();
    }
}
