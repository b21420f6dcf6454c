using System.Security.Cryptography.X509Certificates;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>What the flags say about the way to every provider.</summary>
internal sealed class UpstreamOptions
{
    /// <summary>
    /// Where the host's answer for a key names none. Asked at a request: it may come with the launch line, which is read
    /// after the server is made.
    /// </summary>
    public Func<OutboundProxy?> Proxy { get; init; } = static () => null;

    /// <summary>Certificate authorities trusted beside the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }
}
