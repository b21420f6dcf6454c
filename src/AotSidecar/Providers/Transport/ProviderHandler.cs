using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AotSidecar.Providers.Client;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// The HTTP handler towards providers. It does nothing by itself that could carry a key elsewhere or reveal the user: no
/// redirects, cookies, credentials, tracing headers, nor proxies from the environment. Nagle's delay is off already.
/// </summary>
internal static class ProviderHandler
{
    /// <summary>After a finished answer only its last few bytes are outstanding: reading them saves the connection.</summary>
    private const int DrainBytes = 16 << 10;

    public static SocketsHttpHandler Create(UpstreamOptions options, UpstreamTimeouts timeouts)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            Credentials = null,
            PreAuthenticate = false,
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            ConnectTimeout = timeouts.Connect,

            // long enough to reuse, short enough to follow the provider's DNS
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            MaxResponseHeadersLength = 64,
            MaxConnectionsPerServer = 32,
            MaxResponseDrainSize = DrainBytes,

            // an abandoned answer must not stay open: it costs money
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(250),
            UseProxy = false,
        };

        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            // As the system does by default: a revocation server behind the same proxy is rarely reachable.
            RevocationMode = X509RevocationMode.NoCheck,

            // A chain is what the provider sends. Fetching what it left out would go around the proxy, in plain HTTP, and would
            // keep waiting the thread that polls the sockets; Node.js and Go do not fetch either.
            DisableCertificateDownloads = true,
        };
        if (options.Proxy is { } proxy)
        {
            handler.UseProxy = true;
            handler.Proxy = new FlagProxy(proxy, CredentialsIn(proxy));
        }

        if (options.Authorities is { } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = TrustAlso(authorities);
        }

        return handler;
    }

    private static NetworkCredential? CredentialsIn(Uri proxy)
    {
        if (proxy.UserInfo.Length == 0)
        {
            return null;
        }

        var parts = proxy.UserInfo.Split(':', 2);
        return new NetworkCredential(
            Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    /// <summary>
    /// The system decides first; only its "unknown authority" is looked at again with the extra ones. A wrong name or a
    /// missing certificate is never forgiven.
    /// </summary>
    private static RemoteCertificateValidationCallback TrustAlso(X509Certificate2Collection authorities) =>
        (_, certificate, presented, errors) =>
        {
            if (errors == SslPolicyErrors.None)
            {
                return true;
            }

            if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
            {
                return false;
            }

            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1", "TLS server"));
            foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }

            return chain.Build(leaf);
        };
}
