using AotSidecar.Benchmarks.Report;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>Many windows, many sidecars: what they take together when nobody types.</summary>
internal static class IdleMeasure
{
    private const int Count = 50;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var count = bench.IsShort ? 5 : Count;
        List<Sidecar> sidecars = [];
        List<ServerProcess> slims = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                var sidecar = await bench.StartSidecarAsync(cancellationToken);
                sidecars.Add(sidecar);
                sidecar.WaitForHealth();
            }

            bench.Values.Add(Figure.Fifty, Column.ChatKit, sidecars.Sum(one => ProcFiles.ProportionalMiB(one.ProcessId)) * Count / count);
            if (bench.Peers.FirstOrDefault(peer => peer.Name == Peers.Slim) is { } slim)
            {
                for (var i = 0; i < count; i++)
                {
                    var port = Workspace.FreePort();
                    var process = slim.Start(port, bench.Provider.Origin, bench.Workspace.EmptyFolder);
                    slims.Add(process);
                    process.WaitForSuccess(port, slim.FirstRequest(port));
                }

                bench.Values.Add(Figure.Fifty, slim.Name, slims.Sum(one => ProcFiles.ProportionalMiB(one.Id)) * Count / count);
            }
        }
        finally
        {
            sidecars.ForEach(sidecar => sidecar.Dispose());
            slims.ForEach(slim => slim.Dispose());
        }
    }
}
