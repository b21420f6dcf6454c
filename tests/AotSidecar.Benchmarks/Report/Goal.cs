using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Report;

/// <summary>What the sidecar wants to be: a ratio to another program, or a value of its own.</summary>
internal sealed record Goal(
    string Text, (Figure Figure, string Column) Dividend, (Figure Figure, string Column)? Divisor, double Limit, bool AtLeast = false)
{
    private const int Flat = 8;

    public static IReadOnlyList<Goal> All { get; } =
    [
        new("ready ≤ 1.15 × empty slim's first answer", Own(Figure.Ready), Of(Peers.Slim, Figure.FirstAnswer), 1.15),
        new("first session ≤ 1.5 × empty slim's first answer", Own(Figure.FirstSession), Of(Peers.Slim, Figure.FirstAnswer), 1.5),
        new("first session ≤ 1.0 × codex proxy's first answer", Own(Figure.FirstSession), Of(Peers.Codex, Figure.FirstAnswer), 1.0),
        new("Fastify's first session ≥ 15 × ours", Of(Peers.Fastify, Figure.FirstSession), Own(Figure.FirstSession), 15, AtLeast: true),
        new("resident ≤ 1.25 × empty slim", Own(Figure.Resident), Of(Peers.Slim, Figure.Resident), 1.25),
        new("proportional ≤ 1.25 × empty slim", Own(Figure.Proportional), Of(Peers.Slim, Figure.Proportional), 1.25),
        new("executable ≤ 1.6 × empty slim", Own(Figure.Size), Of(Peers.Slim, Figure.Size), 1.6),
        new("`/v1` flat-out CPU ≤ 1.0 × Go proxy", Pass(Figure.FlatCpu(Flat)), Of(Peers.Go, Figure.FlatCpu(Flat)), 1.0),
        new("`/v1` paced CPU ≤ 1.0 × Go proxy", Pass(Figure.PacedCpu), Of(Peers.Go, Figure.PacedCpu), 1.0),
        new("`/v1` relay p99 ≤ 1.0 × Go proxy", Pass(Figure.RelayTail), Of(Peers.Go, Figure.RelayTail), 1.0),
        new("`/v1` added latency ≤ 1.0 × Go proxy", Pass(Figure.AddedMedian), Of(Peers.Go, Figure.AddedMedian), 1.0),
        new("`/chatkit` paced CPU ≤ 1.5 × Go proxy's copy", Own(Figure.PacedCpu), Of(Peers.Go, Figure.PacedCpu), 1.5),
        new("`/chatkit` relay p50 ≤ 1.5 × Go proxy's copy", Own(Figure.RelayMedian), Of(Peers.Go, Figure.RelayMedian), 1.5),
        new("`/chatkit` relay p99 ≤ 1.5 × Go proxy's copy", Own(Figure.RelayTail), Of(Peers.Go, Figure.RelayTail), 1.5),
        new("`/chatkit` added latency ≤ 1.5 × Go proxy's copy", Own(Figure.AddedMedian), Of(Peers.Go, Figure.AddedMedian), 1.5),
        new("`/chatkit` flat-out CPU ≤ 3.5 × Go proxy's copy", Own(Figure.FlatCpu(Flat)), Of(Peers.Go, Figure.FlatCpu(Flat)), 3.5),
        new("`/chatkit` flat-out CPU ≤ 0.1 × chatkit-node", Own(Figure.FlatCpu(Flat)), Of(Peers.ChatKitNode, Figure.FlatCpu(Flat)), 0.1),
        new("small request ≥ 0.8 × empty slim's rate", Own(Figure.SmallRate), Of(Peers.Slim, Figure.SmallRate), 0.8, AtLeast: true),
        new("small request ≥ 3 × chatkit-node's rate", Own(Figure.SmallRate), Of(Peers.ChatKitNode, Figure.SmallRate), 3, AtLeast: true),
        new("session look-up among 10 ≤ 200 ns", Own(Figure.StoreLookup(10)), null, 200),
        new("session look-up among 10,000 ≤ 200 ns", Own(Figure.StoreLookup(10_000)), null, 200),
        new("a sweep of 1,000 expired holds nothing up for over 1,000 µs", Own(Figure.StorePause(1_000)), null, 1000),
    ];

    public string Judge(Measurements run)
    {
        var ratios = Divisor is { } divisor ? run.Ratios(Dividend, divisor) : [.. run.Values(Dividend.Figure, Dividend.Column)];
        if (ratios.Length == 0)
        {
            return "not measured";
        }

        var (ratio, spread) = Quantile.Middle(ratios);
        var verdict = (AtLeast ? ratio >= Limit : ratio <= Limit) ? "met" : "**missed**";
        return $"{MarkdownReport.Number(ratio)} ± {MarkdownReport.Number(spread)}: {verdict}";
    }

    private static (Figure, string) Own(Figure figure) => (figure, Column.ChatKit);

    private static (Figure, string) Pass(Figure figure) => (figure, Column.PassThrough);

    private static (Figure, string) Of(string peer, Figure figure) => (figure, peer);
}
