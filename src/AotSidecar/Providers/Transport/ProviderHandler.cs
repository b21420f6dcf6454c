using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AotSidecar.Providers.Client;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// The HTTP handler towards providers. Nothing that could leak a key or identify the user: no redirects, cookies,
/// credentials, tracing headers or proxies from the environment.
/// </summary>
internal static class ProviderHandler
{
    /// <summary>
    /// After a finished answer only a few bytes are left; reading them lets the connection be reused.
    /// </summary>
    private const int DrainBytes = 16 << 10;

    public static SocketsHttpHandler Create(
        UpstreamOptions options, OutboundProxy? proxy, UpstreamTimeouts timeouts, TimeProvider clock)
    {
        TrustStore.EnsureHome();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            Credentials = null,
            PreAuthenticate = false,
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            ConnectTimeout = timeouts.Connect,
            ConnectCallback = (context, cancellationToken) =>
                StaggeredConnect.ConnectAsync(context.DnsEndPoint, clock, cancellationToken),

            // Long enough for reuse, short enough to follow DNS changes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            MaxResponseHeadersLength = 64,
            MaxConnectionsPerServer = 32,
            MaxResponseDrainSize = DrainBytes,

            // An abandoned answer costs money; close it quickly.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(250),
            UseProxy = false,
        };

        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            // The default: revocation servers are rarely reachable through a proxy.
            RevocationMode = X509RevocationMode.NoCheck,

            // Missing intermediate certificates are not fetched: that would bypass the proxy, use plain HTTP and block
            // the polling thread. Node.js and Go do not fetch them either.
            DisableCertificateDownloads = true,
        };
        if (proxy is not null)
        {
            handler.UseProxy = true;
            handler.Proxy = proxy;
        }

        if (options.Authorities is { } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = TrustAlso(authorities);
        }

        return handler;
    }

    /// <summary>
    /// The system decides first. Only an unknown authority is checked again with the extra ones; a wrong name or a
    /// missing certificate is always refused.
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
