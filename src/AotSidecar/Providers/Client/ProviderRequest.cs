using System.Net.Http.Headers;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>Addresses and authenticates requests. The only place where a key becomes a header.</summary>
internal static class ProviderRequest
{
    private static readonly string[] AzureHosts =
    [
        ".openai.azure.com", ".openai.azure.us", ".cognitiveservices.azure.com", ".cognitiveservices.azure.us",
        ".services.ai.azure.com", ".services.ai.azure.us",
    ];

    /// <summary>The proxy that the host named for the request's key.</summary>
    public static HttpRequestOptionsKey<OutboundProxy> Proxy { get; } = new("proxy");

    /// <param name="path">Below the base URL, with a leading slash.</param>
    public static HttpRequestMessage Create(HttpMethod method, Provider provider, string path)
    {
        var request = new HttpRequestMessage(method, Address(provider, path));
        Authenticate(request, provider);
        if (provider.Proxy is { } proxy)
        {
            request.Options.Set(Proxy, proxy);
        }

        // Compression would delay the stream and could hide a decompression bomb.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("aotsidecar", null));
        return request;
    }

    /// <summary>
    /// Joins with exactly one slash; a query of the base URL, such as Azure's <c>api-version</c>, goes with each
    /// request.
    /// </summary>
    public static Uri Address(Provider provider, string path)
    {
        var query = provider.BaseUrl.Query;
        var joined = provider.BaseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/') + path;
        return new(query.Length == 0 ? joined : joined + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + query[1..]);
    }

    /// <summary>Adds the key, organization and project.</summary>
    public static void Authenticate(HttpRequestMessage request, Provider provider)
    {
        var key = provider.Key.Reveal();
        if (IsAzure(provider.BaseUrl.Host) && !IsToken(key))
        {
            request.Headers.Add("api-key", key);
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        AddIfPlain(request, "OpenAI-Organization", provider.Organization);
        AddIfPlain(request, "OpenAI-Project", provider.Project);
    }

    private static bool IsAzure(string host) =>
        AzureHosts.Any(end => host.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>Azure takes API keys in <c>api-key</c>, but sign-in tokens (JWTs) as bearer tokens.</summary>
    private static bool IsToken(string key) => key.StartsWith("eyJ", StringComparison.Ordinal);

    private static void AddIfPlain(HttpRequestMessage request, string name, string? value)
    {
        if (value is { Length: > 0 } && !value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            request.Headers.Add(name, value);
        }
    }
}
