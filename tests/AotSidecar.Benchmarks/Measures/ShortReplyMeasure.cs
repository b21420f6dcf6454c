using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Provider;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>One short streamed reply after another: what a program adds to a provider that answers at once.</summary>
internal static class ShortReplyMeasure
{
    private const int RoundCount = 7;
    private const int Replies = 300;

    // Ends a round early for programs that take tens of milliseconds a reply.
    private const long Longest = MonotonicClock.Second;

    public static void Run(Bench bench, RunningServers servers)
    {
        for (var round = bench.IsShort ? 0 : -1; round < bench.Rounds(RoundCount); round++)
        {
            var direct = new List<long>();
            servers.ForEach(route => route.Stream is not null, route =>
            {
                var times = Measure(route, bench.IsShort ? Replies / 10 : Replies);
                direct = route.Column == Column.Direct ? times : direct;
                if (round >= 0)
                {
                    Add(bench, route.Column, times, direct);
                }
            });
        }
    }

    private static List<long> Measure(Route route, int replies)
    {
        using var connection = new HttpConnection(route.Port);
        var request = route.Stream!(Answer.Short, 0);
        List<long> times = [];
        for (var start = MonotonicClock.Now; times.Count < replies && MonotonicClock.Now - start < Longest;)
        {
            LoadLoop.Exchange(connection, request);
            Require.Deltas(connection, Answer.Parse(Answer.Short).Deltas);
            times.Add(connection.CompletedAt - connection.SentAt);
        }

        times.Sort();
        return times;
    }

    private static void Add(Bench bench, string column, List<long> times, List<long> direct)
    {
        var (median, tail) = (Quantile.At(times, 0.5) / 1e3, Quantile.At(times, 0.99) / 1e3);
        bench.Values.Add(Figure.ShortMedian, column, median);
        bench.Values.Add(Figure.ShortTail, column, tail);
        if (column != Column.Direct)
        {
            bench.Values.Add(Figure.AddedMedian, column, median - (Quantile.At(direct, 0.5) / 1e3));
            bench.Values.Add(Figure.AddedTail, column, tail - (Quantile.At(direct, 0.99) / 1e3));
        }
    }
}
