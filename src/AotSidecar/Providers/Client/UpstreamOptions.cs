using System.Security.Cryptography.X509Certificates;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>What the flags say about providers: checked values, used where the host's answer for a key leaves room.</summary>
internal sealed class UpstreamOptions
{
    public required Uri DefaultUrl { get; init; }

    public required ProviderApi DefaultApi { get; init; }

    public required string DefaultModel { get; init; }

    /// <summary>Never used for loopback providers; user information in it becomes the proxy's credentials.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Certificate authorities trusted beside the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    public Provider Resolve(ProviderCredential credential) => new()
    {
        Key = credential.Key,
        BaseUrl = credential.BaseUrl ?? DefaultUrl,
        Api = credential.Api ?? DefaultApi,
        DefaultModel = credential.Model ?? DefaultModel,
        Organization = credential.Organization,
        Project = credential.Project,
    };
}
