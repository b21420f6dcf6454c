namespace AotSidecar.Secrets;

/// <summary>
/// Where and how one session's model requests go: the host's answer for its key, completed from the flags.
/// </summary>
internal sealed class Provider
{
    public required ApiKey Key { get; init; }

    /// <summary>Checked with <see cref="ProviderUrl"/>; may or may not end in a slash.</summary>
    public required Uri BaseUrl { get; init; }

    public required ProviderApi Api { get; init; }

    /// <summary>The model used when neither the message nor the session names one.</summary>
    public required string DefaultModel { get; init; }

    public string? Organization { get; init; }

    public string? Project { get; init; }

    /// <summary>The host's, for this key; null takes that of the launch line or flag.</summary>
    public OutboundProxy? Proxy { get; init; }

    public override string ToString() => $"Provider({Api})";
}

/// <summary>The provider that the flags name, used where the host's answer for a key says nothing.</summary>
/// <param name="Url">Checked with <see cref="ProviderUrl"/>.</param>
internal sealed record ProviderDefaults(Uri Url, ProviderApi Api, string Model);
