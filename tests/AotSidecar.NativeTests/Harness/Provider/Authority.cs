using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AotSidecar.NativeTests.Harness;

/// <summary>A certificate authority of the test's, and its file for <c>--ca-file</c>.</summary>
internal sealed class Authority : IDisposable
{
    private readonly X509Certificate2 _root;

    public Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(10));
        File.WriteAllText(Path, "# our authority\n" + _root.ExportCertificatePem() + "\n");
    }

    public string Path { get; } = System.IO.Path.GetTempFileName();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public X509Certificate2 Issue(string name, int daysLeft = 5)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(name, key).Create(_root, Now.AddDays(-9), Now.AddDays(daysLeft), Guid.NewGuid().ToByteArray());
        using var whole = certificate.CopyWithPrivateKey(key);
        return WithStoredKey(whole);
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var whole = Request(name, key).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        return WithStoredKey(whole);
    }

    public void Dispose()
    {
        _root.Dispose();
        File.Delete(Path);
    }

    /// <summary>Windows serves TLS with no key that exists in memory alone.</summary>
    private static X509Certificate2 WithStoredKey(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request;
    }
}
