using System.Collections.Concurrent;

namespace AotSidecar.Http;

/// <summary>
/// Counters for <c>/status</c> and <c>/metrics</c>. Names come from the code only, so the table is bounded.
/// </summary>
internal sealed class RequestCounters
{
    private readonly ConcurrentDictionary<(string Name, string Label), long> _values = new();

    /// <summary>One HTTP refusal, by its code.</summary>
    public void Refused(string code) => Add("refusals", code);

    public void Add(string name, string label = "") => _values.AddOrUpdate((name, label), 1, static (_, value) => value + 1);

    public IReadOnlyList<(string Name, string Label, long Value)> Snapshot() =>
        [.. _values.Select(static pair => (pair.Key.Name, pair.Key.Label, pair.Value)).Order()];
}
