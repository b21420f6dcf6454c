using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>How many small authenticated requests a second a program answers over kept connections.</summary>
internal static class SmallRequestMeasure
{
    private const int RoundCount = 7;
    private const int ConnectionCount = 16;
    private const long Duration = 500 * MonotonicClock.Millisecond;

    public static void Run(Bench bench, RunningServers servers)
    {
        // The first round warms connections, caches and just-in-time compilers and is not counted.
        for (var round = bench.IsShort ? 0 : -1; round < bench.Rounds(RoundCount); round++)
        {
            servers.ForEach(route => route.Small is not null, route =>
            {
                var rate = Rate(route);
                if (round >= 0)
                {
                    var passed = route.Column is Column.PassThrough or Column.Direct;
                    bench.Values.Add(passed ? Figure.ModelsRate : Figure.SmallRate, route.Column, rate);
                }
            });
        }
    }

    private static double Rate(Route route)
    {
        using var connections = new Connections(route, ConnectionCount);
        var start = MonotonicClock.Now;
        var count = 0;
        var requests = new Dictionary<HttpConnection, byte[]>();
        for (var i = 0; i < ConnectionCount; i++)
        {
            requests.Add(connections.All[i], route.Small!(i));
            connections.All[i].Send(requests[connections.All[i]]);
        }

        LoadLoop.Run(connections.All, connection =>
        {
            count++;
            if (connection.CompletedAt - start < Duration)
            {
                connection.Send(requests[connection]);
            }
        });
        return count / ((MonotonicClock.Now - start) / 1e6);
    }
}
