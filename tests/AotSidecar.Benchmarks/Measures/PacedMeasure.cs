using AotSidecar.Benchmarks.Provider;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>Deltas at the speed of a quick model: what a lone one costs, and how long it is under way.</summary>
internal static class PacedMeasure
{
    private const int RoundCount = 5;
    private const int PerSecond = 200;
    private const int Seconds = 2;
    private const int ManyStreams = 32;

    public static void Run(Bench bench, RunningServers servers)
    {
        var deltas = bench.IsShort ? PerSecond / 4 : PerSecond * Seconds;
        var model = Answer.Paced(PerSecond, deltas);
        for (var round = 0; round < bench.Rounds(RoundCount); round++)
        {
            servers.ForEach(route => route.Stream is not null, route =>
            {
                var load = StreamLoad.Run(route, ManyStreams, model, deltas, timed: true);
                bench.Values.Add(Figure.PacedCpu, route.Column, load.CpuPerThousand);
                bench.Values.Add(Figure.RelayMedian, route.Column, Quantile.At(load.Latencies, 0.5) / 1e3);
                bench.Values.Add(Figure.RelayTail, route.Column, Quantile.At(load.Latencies, 0.99) / 1e3);
            });
            servers.ForEach(route => route.Stream is not null, route =>
            {
                var load = StreamLoad.Run(route, 1, model, deltas, timed: true);
                bench.Values.Add(Figure.CalmMedian, route.Column, Quantile.At(load.Latencies, 0.5) / 1e3);
                bench.Values.Add(Figure.CalmTail, route.Column, Quantile.At(load.Latencies, 0.99) / 1e3);
            });
        }
    }
}
