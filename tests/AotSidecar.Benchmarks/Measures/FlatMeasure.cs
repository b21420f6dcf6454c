using AotSidecar.Benchmarks.Provider;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>Deltas as fast as they go through.</summary>
internal static class FlatMeasure
{
    private const int RoundCount = 5;

    // Some 80 ms of processor time for a plain copy, a second for the slowest peer.
    private const int Total = 40_000;
    private static readonly int[] Streams = [1, 8, 32];

    public static void Run(Bench bench, RunningServers servers)
    {
        var total = bench.IsShort ? Total / 20 : Total;
        for (var round = bench.IsShort ? 0 : -1; round < bench.Rounds(RoundCount); round++)
        {
            foreach (var streams in Streams)
            {
                var deltas = total / streams;
                servers.ForEach(route => route.Stream is not null, route =>
                {
                    var load = StreamLoad.Run(route, streams, Answer.Flat(deltas), deltas);
                    if (round >= 0)
                    {
                        bench.Values.Add(Figure.Rate(streams), route.Column, load.Rate / 1000);
                        bench.Values.Add(Figure.FlatCpu(streams), route.Column, load.CpuPerThousand);
                    }
                });
            }
        }
    }
}
