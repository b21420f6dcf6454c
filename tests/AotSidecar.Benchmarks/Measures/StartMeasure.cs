using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>Start-up, and memory once started.</summary>
internal static class StartMeasure
{
    private const int RoundCount = 15;

    // Long enough for what a program still does after its first answer; memory is wanted at rest.
    private const long Settle = 200 * MonotonicClock.Millisecond;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        for (var round = 0; round < bench.Rounds(RoundCount); round++)
        {
            await StartSidecarAsync(bench, cancellationToken);
            foreach (var peer in bench.Peers)
            {
                Start(bench, peer);
            }
        }

        bench.Values.Add(Figure.Size, Column.ChatKit, SizeMiB(bench.SidecarFile));
        foreach (var peer in bench.Peers.Where(peer => peer.Payload is not null))
        {
            bench.Values.Add(Figure.Size, peer.Name, SizeMiB(peer.Payload!));
        }
    }

    private static async Task StartSidecarAsync(Bench bench, CancellationToken cancellationToken)
    {
        using (var sidecar = await bench.StartSidecarAsync(cancellationToken))
        {
            bench.Values.Add(Figure.Ready, Column.ChatKit, Ms(sidecar.ReadyAt - sidecar.StartedAt));
            bench.Values.Add(Figure.FirstAnswer, Column.ChatKit, Ms(sidecar.WaitForHealth() - sidecar.StartedAt));
            Memory(bench, Column.ChatKit, sidecar.ProcessId);
        }

        // A second start, because an answer of /health would warm the way to the first session.
        using var other = await bench.StartSidecarAsync(cancellationToken);
        using var page = new HttpConnection(other.Port);
        LoadLoop.Exchange(page, other.MintRequest());
        bench.Values.Add(Figure.FirstSession, Column.ChatKit, Ms(page.CompletedAt - other.StartedAt));
    }

    private static void Start(Bench bench, Peer peer)
    {
        var port = Workspace.FreePort();
        using var process = peer.Start(port, bench.Provider.Origin, bench.Workspace.EmptyFolder);
        var answered = Ms(process.WaitForSuccess(port, peer.FirstRequest(port)) - process.StartedAt);
        bench.Values.Add(Figure.FirstAnswer, peer.Name, answered);
        if (peer.Name == Peers.Fastify)
        {
            bench.Values.Add(Figure.FirstSession, peer.Name, answered);
        }

        Memory(bench, peer.Name, process.Id);
    }

    private static void Memory(Bench bench, string column, int processId)
    {
        new Poller().Wait(Settle);
        bench.Values.Add(Figure.Resident, column, ProcFiles.ResidentMiB(processId));
        bench.Values.Add(Figure.Proportional, column, ProcFiles.ProportionalMiB(processId));
    }

    private static double Ms(long nanoseconds) => nanoseconds / 1e6;

    private static double SizeMiB(string file) => new FileInfo(file).Length / 1048576.0;
}
