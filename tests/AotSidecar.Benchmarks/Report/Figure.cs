namespace AotSidecar.Benchmarks.Report;

/// <summary>A row of the table.</summary>
/// <param name="Name">With its unit.</param>
internal sealed record Figure(string Name)
{
    public static readonly Figure Ready = new("spawn → ready line, ms");
    public static readonly Figure FirstAnswer = new("spawn → first 2xx, ms");
    public static readonly Figure FirstSession = new("spawn → first session, ms");
    public static readonly Figure Resident = new("resident after the first answer, MiB");
    public static readonly Figure Proportional = new("proportional (PSS), MiB");
    public static readonly Figure Fifty = new("PSS of 50 idle ones together, MiB");
    public static readonly Figure Size = new("on disk, MiB");
    public static readonly Figure MintHttp = new("mint over HTTP with its bridge call, µs");
    public static readonly Figure MintBridge = new("mint over the bridge, µs");
    public static readonly Figure SmallRate = new("authenticated small JSON, k/s");
    public static readonly Figure ModelsRate = new("`GET /v1/models` passed through, k/s");
    public static readonly Figure ShortMedian = new("one short reply p50, µs");
    public static readonly Figure ShortTail = new("one short reply p99, µs");
    public static readonly Figure AddedMedian = new("… added over direct p50, µs");
    public static readonly Figure AddedTail = new("… added over direct p99, µs");
    public static readonly Figure PacedCpu = new("CPU ms per 1,000 deltas, 32 streams × 200/s");
    public static readonly Figure RelayMedian = new("… relay per delta p50, µs");
    public static readonly Figure RelayTail = new("… relay per delta p99, µs");
    public static readonly Figure CalmMedian = new("relay per delta p50, 1 stream × 200/s, µs");
    public static readonly Figure CalmTail = new("relay per delta p99, 1 stream × 200/s, µs");

    public static Figure Rate(int streams) => new($"flat out, {streams} streams, 1,000 deltas/s");

    public static Figure FlatCpu(int streams) => new($"CPU ms per 1,000 deltas, flat out, {streams} streams");

    public static Figure TurnSetUp(int items) => new($"turn set-up, thread of {items:N0} items, µs");

    public static Figure JournalMedian(int text) => new($"an item kept in the journal, text of {text:N0}, p50, µs");

    public static Figure JournalTail(int text) => new($"an item kept in the journal, text of {text:N0}, p99, µs");

    public static Figure JournalBytes(int text) => new($"… of bytes on disk, text of {text:N0}");

    public static Figure StoreLookup(int sessions) => new($"session look-up among {sessions:N0}, ns");

    public static Figure TokenLookup(int sessions) => new($"… with the hash of the token, among {sessions:N0}, ns");

    public static Figure StoreMint(int sessions) => new($"session stored, up to {sessions:N0}, ns");

    public static Figure StoreSweep(int sessions) => new($"session swept, {sessions:N0} expired, ns each");

    public static Figure StorePause(int sessions) => new($"longest wait of a look-up or mint during that sweep of {sessions:N0}, collections apart, µs");
}
