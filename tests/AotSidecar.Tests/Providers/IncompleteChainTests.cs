using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;

namespace AotSidecar.Tests.Providers;

/// <summary>A provider that sends its own certificate but not its issuer's, which it names an address for.</summary>
public sealed class IncompleteChainTests
{
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Ask_WithAnIssuerNamedByAddress_RefusesWithoutGoingThere()
    {
        await using var issuers = new ScriptedProvider(connection => connection.SendAsync("HTTP/1.1 404 Nope\r\nContent-Length: 0\r\n\r\n"));
        using var root = Sign("CN=root", null, authority: true);
        using var issuer = Sign("CN=issuer", root, authority: true);
        using var leaf = Sign("CN=localhost", issuer, authority: false, $"http://127.0.0.1:{issuers.Port}/issuer.cer");
        await using var provider = new ScriptedProvider(leaf, connection => connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        using var client = new ProviderClient(provider.Url, authorities: [root]);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_tls_error", transcript.Failure.Code);
        Assert.Equal(0, issuers.Connections);
    }

    private X509Certificate2 Sign(string name, X509Certificate2? issuer, bool authority, string? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        if (address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [address]));
        }

        var (from, to) = (_now.AddDays(-1), _now.AddDays(1));
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var signed = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
