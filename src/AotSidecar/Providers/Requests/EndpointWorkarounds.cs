using System.Collections.Concurrent;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Requests;

/// <summary>What is known of each endpoint: what its provider is known for, and what it has refused.</summary>
internal sealed class EndpointWorkarounds
{
    /// <summary>A user has a handful of endpoints; the bound only keeps a generated list of models from growing it forever.</summary>
    private const int Capacity = 256;

    /// <summary>By the end of the host's name.</summary>
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
