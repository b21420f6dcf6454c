using System.Text.Json.Serialization;
using AotSidecar.Secrets;

namespace AotSidecar.Bridge;

/// <summary>Params of <c>secrets/get</c>.</summary>
/// <param name="Environment"><c>dev</c> or <c>pro</c>.</param>
internal sealed record GetSecretParams(string SecretKeyId, string Environment);

/// <summary>Result of <c>secrets/get</c>. An empty text is the same as an absent member.</summary>
internal sealed record GetSecretResult
{
    /// <summary>The one fault with a code of its own.</summary>
    public const string BadAddress = "its baseUrl is neither https nor http on loopback";

    private const int MaxOptionLength = 2048;

    public string? Secret { get; init; }

    public string? BaseUrl { get; init; }

    /// <summary>A name of <see cref="ProviderApiNames"/>.</summary>
    public string? Api { get; init; }

    public string? Model { get; init; }

    public string? Organization { get; init; }

    public string? Project { get; init; }

    public ProxyMessage? Proxy { get; init; }

    /// <summary>Hosts may repeat the key id, in either spelling.</summary>
    public string? SecretKeyId { get; init; }

    [JsonPropertyName("secret_key_id")]
    public string? SecretKeyIdSnake { get; init; }

    /// <summary>
    /// Checks everything that says where and how the key is used: a guess could send it to a stranger. Null when the
    /// answer cannot be used; <paramref name="fault"/> then says why.
    /// </summary>
    public Provider? ToProvider(string askedFor, ProviderDefaults defaults, out string fault)
    {
        var url = ProviderUrl.TryParse(BaseUrl);
        var hasApi = ProviderApiNames.TryParse(Api, out var api);
        var key = ApiKey.TryCreate(Secret);
        var proxy = Proxy is { } named ? OutboundProxy.TryCreate(named) : null;
        fault =
            (SecretKeyId ?? SecretKeyIdSnake ?? askedFor) != askedFor ? "it is for another key id"
            : key is null ? $"its secret is not 1 to {ApiKey.MaxLength} printable ASCII characters"
            : !IsHeaderText(BaseUrl) ? $"its baseUrl is not at most {MaxOptionLength} printable ASCII characters"
            : url is null && !string.IsNullOrEmpty(BaseUrl) ? BadAddress
            : !hasApi && !string.IsNullOrEmpty(Api) ? "its api is not one the sidecar speaks"
            : !IsHeaderText(Model) || !IsHeaderText(Organization) || !IsHeaderText(Project)
                ? $"its model, organization or project is not at most {MaxOptionLength} printable ASCII characters"
            : Proxy is not null && proxy is null ? "its proxy has no http or https url without credentials in it"
            : "";
        return fault.Length > 0 ? null : new Provider
        {
            Key = key!,
            BaseUrl = url ?? defaults.Url,
            Api = hasApi ? api : defaults.Api,
            DefaultModel = OrNull(Model) ?? defaults.Model,
            Organization = OrNull(Organization),
            Project = OrNull(Project),
            Proxy = proxy,
        };
    }

    public override string ToString() => "GetSecretResult(***)";

    private static bool IsHeaderText(string? text) =>
        text is null || (text.Length <= MaxOptionLength && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'));

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
