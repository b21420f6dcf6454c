using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>Several streamed answers at the same time.</summary>
/// <param name="CpuPerThousand">Processor milliseconds of the server per 1,000 deltas.</param>
/// <param name="Rate">Deltas a second, all streams together.</param>
/// <param name="Latencies">Nanoseconds from the provider's send to the client's read, sorted.</param>
internal sealed record StreamLoad(double CpuPerThousand, double Rate, List<long> Latencies)
{
    // Some programs need minutes for what others do in 50 ms; their load is cut, and counts by what arrived.
    private const long Longest = 2_500 * MonotonicClock.Millisecond;

    public static StreamLoad Run(Route route, int streams, string model, int deltas, bool timed = false)
    {
        using var connections = new Connections(route, streams);
        List<long> latencies = timed ? new(streams * deltas) : [];
        var before = ProcFiles.ProcessorMs(route.ProcessId);
        var start = MonotonicClock.Now;
        for (var i = 0; i < streams; i++)
        {
            connections.All[i].Deltas.Latencies = timed ? latencies : null;
            connections.All[i].Send(route.Stream!(model, i));
        }

        LoadLoop.Run(connections.All, connection => Require.Deltas(connection, deltas), route.IsSidecar ? null : Longest);
        var seconds = (MonotonicClock.Now - start) / 1e9;
        var processor = ProcFiles.ProcessorMs(route.ProcessId) - before;
        latencies.Sort();
        var total = Math.Max(connections.All.Sum(connection => connection.Deltas.Count), 1);
        return new StreamLoad(processor / total * 1000, total / seconds, latencies);
    }
}
