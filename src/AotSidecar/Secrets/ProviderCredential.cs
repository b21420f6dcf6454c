namespace AotSidecar.Secrets;

/// <summary>What the extension host knows of one key: the key itself and, where it differs from the flags, where and how it is used.</summary>
internal sealed class ProviderCredential(ApiKey key)
{
    public ApiKey Key { get; } = key;

    /// <summary>Already checked with <see cref="ProviderUrl.TryParse"/>.</summary>
    public Uri? BaseUrl { get; init; }

    public ProviderApi? Api { get; init; }

    public string? Model { get; init; }

    public string? Organization { get; init; }

    public string? Project { get; init; }

    public override string ToString() => "ProviderCredential(***)";
}
