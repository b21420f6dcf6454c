using System.Collections.Concurrent;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Requests;

/// <summary>Members of a request that some servers refuse and that can be left out.</summary>
[Flags]
internal enum Omissions
{
    None = 0,
    StreamOptions = 1,
    PromptCacheKey = 2,
    ReasoningSettings = 4,
    Include = 8,
    Strict = 16,

    /// <summary>Not a setting: encrypted reasoning that the provider can no longer read.</summary>
    ReasoningItems = 32,

    /// <summary>Thoughts given back with tool calls.</summary>
    ReasoningEcho = 64,

    /// <summary>The contrary: every message of the model has to come with its thoughts, or with empty ones.</summary>
    ReasoningExpected = 128,
}

/// <summary>Remembers what each endpoint refuses, so that it is asked in vain only once.</summary>
internal sealed class EndpointOmissions
{
    /// <summary>A user has a handful of endpoints; the bound only keeps a generated list of models from growing it forever.</summary>
    private const int Capacity = 256;

    private readonly ConcurrentDictionary<string, Omissions> _known = new(StringComparer.Ordinal);

    public Omissions For(string endpoint) => _known.GetValueOrDefault(endpoint);

    public void Add(string endpoint, Omissions refused)
    {
        if (_known.Count < Capacity)
        {
            _known.AddOrUpdate(endpoint, refused, (_, known) => known | refused);
        }
    }

    /// <summary>Which of the members still sent a refusal names.</summary>
    public static Omissions NamedBy(ProviderError error, Omissions alreadyOmitted)
    {
        var named = Omissions.None;
        named |= Names(error, "stream_options") ? Omissions.StreamOptions : 0;
        named |= Names(error, "prompt_cache_key") ? Omissions.PromptCacheKey : 0;
        named |= error.Param == "include" || error.Mentions("reasoning.encrypted_content") || Quotes(error, "include")
            ? Omissions.Include
            : 0;
        named |= error.Param is "reasoning" or "reasoning.summary" || error.Mentions("reasoning.summary")
            || Quotes(error, "reasoning")
            ? Omissions.ReasoningSettings | Omissions.Include
            : 0;
        named |= (error.Param?.EndsWith(".strict", StringComparison.Ordinal) ?? false) || error.Mentions(".strict")
            || Quotes(error, "strict")
            ? Omissions.Strict
            : 0;
        named |= !error.Mentions("reasoning_content") ? 0
            : error.Mentions("missing") || error.Mentions("passed back") ? Omissions.ReasoningExpected
            : Omissions.ReasoningEcho;
        return named & ~alreadyOmitted;
    }

    private static bool Names(ProviderError error, string member) =>
        (error.Param?.StartsWith(member, StringComparison.Ordinal) ?? false) || error.Mentions(member);

    /// <summary>For members whose names are ordinary words.</summary>
    private static bool Quotes(ProviderError error, string member) =>
        error.Mentions($"'{member}'") || error.Mentions($"\"{member}\"");
}
