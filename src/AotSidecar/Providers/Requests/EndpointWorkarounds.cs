using System.Collections.Concurrent;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Requests;

/// <summary>Workarounds of each endpoint: known for its provider, or learned from a refusal.</summary>
internal sealed class EndpointWorkarounds
{
    /// <summary>A user has a handful of endpoints; bounds the table against generated model names.</summary>
    private const int Capacity = 256;

    /// <summary>Keyed by the end of the host name.</summary>
    private static readonly (string Host, Workarounds Needed)[] Known =
    [
        (".mistral.ai", Workarounds.NineCharacterIds | Workarounds.AssistantAfterTool),
        ("generativelanguage.googleapis.com", Workarounds.PlainSchemas),
    ];

    private readonly ConcurrentDictionary<string, Workarounds> _learned = new(StringComparer.Ordinal);

    public static Workarounds OfProvider(Provider provider)
    {
        var host = provider.BaseUrl.Host;
        return Known.Where(known => host.EndsWith(known.Host, StringComparison.OrdinalIgnoreCase))
            .Aggregate(Workarounds.None, static (all, known) => all | known.Needed);
    }

    public Workarounds For(string endpoint) => _learned.GetValueOrDefault(endpoint);

    public void Add(string endpoint, Workarounds needed)
    {
        if (_learned.Count < Capacity || _learned.ContainsKey(endpoint))
        {
            _learned.AddOrUpdate(endpoint, needed, (_, known) => known | needed);
        }
    }
}
