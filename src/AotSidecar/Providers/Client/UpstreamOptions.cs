using System.Security.Cryptography.X509Certificates;

namespace AotSidecar.Providers.Client;

/// <summary>What the flags say about the way to every provider.</summary>
internal sealed class UpstreamOptions
{
    /// <summary>Never used for loopback providers; user information in it becomes the proxy's credentials.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Certificate authorities trusted beside the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }
}
