using System.Net.Sockets;
using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>All servers, started once and kept for the measures under load, so that rounds can go around them.</summary>
internal sealed class RunningServers : IDisposable
{
    // One session for each connection of the widest measure: a session's streams at the same time are limited.
    private const int Sessions = 32;

    private readonly List<IDisposable> _processes = [];
    private readonly List<Route> _routes = [];

    /// <summary>What failed, for the table's notes.</summary>
    public List<string> Failures { get; } = [];

    public bool SidecarFailed { get; private set; }

    public int SidecarPort { get; private set; }

    public static async Task<RunningServers> StartAsync(Bench bench, CancellationToken cancellationToken)
    {
        var servers = new RunningServers();
        var provider = bench.Provider;
        servers._routes.Add(new Route(
            Column.Direct,
            provider.Port,
            provider.ProcessId,
            (model, _) => HttpBytes.Responses(provider.Port, "sk-bench", model),
            _ => HttpBytes.Get("/v1/models", provider.Port)));

        var sidecar = await bench.StartSidecarAsync(cancellationToken);
        servers._processes.Add(sidecar);
        var tokens = new List<string>();
        while (tokens.Count < Sessions)
        {
            tokens.Add(await sidecar.MintAsync(cancellationToken));
        }

        servers.AddSidecar(sidecar, tokens);
        foreach (var peer in bench.Peers)
        {
            servers.AddPeer(bench, peer);
        }

        return servers;
    }

    /// <summary>Each route that still works, in turn. A failing peer leaves the run with a note.</summary>
    public void ForEach(Func<Route, bool> wanted, Action<Route> measure)
    {
        foreach (var route in _routes.Where(wanted).ToList())
        {
            try
            {
                measure(route);
            }
            catch (Exception failure) when (failure is IOException or SocketException or TimeoutException or InvalidDataException)
            {
                _routes.Remove(route);
                SidecarFailed |= route.IsSidecar;
                Failures.Add($"{(route.IsSidecar ? "**broken**: " : "")}{route.Column}: {failure.Message}");
            }
        }
    }

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    private void AddSidecar(Sidecar sidecar, List<string> tokens)
    {
        SidecarPort = sidecar.Port;
        _routes.Add(new Route(
            Column.PassThrough,
            sidecar.Port,
            sidecar.ProcessId,
            (model, i) => HttpBytes.Responses(sidecar.Port, tokens[i], model),
            i => HttpBytes.Get("/v1/models", sidecar.Port, tokens[i]))
        {
            IsSidecar = true,
        });
        _routes.Add(new Route(
            Column.ChatKit,
            sidecar.Port,
            sidecar.ProcessId,
            (model, i) => HttpBytes.CreateThread(sidecar.Port, tokens[i], model),
            i => HttpBytes.ListThreads(sidecar.Port, tokens[i]))
        {
            IsSidecar = true,
        });
    }

    private void AddPeer(Bench bench, Peer peer)
    {
        var port = Workspace.FreePort();
        var process = peer.Start(port, bench.Provider.Origin, bench.Workspace.EmptyFolder);
        _processes.Add(process);
        process.WaitForSuccess(port, peer.FirstRequest(port));
        _routes.Add(new Route(
            peer.Name,
            port,
            process.Id,
            peer.Stream is null ? null : (model, _) => peer.Stream(port, model),
            peer.SmallRequest is null ? null : _ => peer.SmallRequest(port)));
    }
}
