using System.Runtime.InteropServices;

namespace AotSidecar.Crypto;

/// <summary>
/// Whether the system's TLS library works. On Linux the framework loads OpenSSL at its first use and ends the process
/// when the library is missing, foreign or badly configured. So everything that leads there asks here first.
/// </summary>
internal static unsafe class TlsLibrary
{
    private const string Packages = "apt-get install libssl3, apk add libssl3 or dnf install openssl-libs";

    // <openssl/crypto.h>, <openssl/ssl.h>: what the framework asks for. Clean-up at exit would race with running threads.
    private const ulong InitAllCiphersAndDigests = 0xC;
    private const ulong InitLoadConfig = 0x40;
    private const ulong InitNoAtExit = 0x80000;

    // <openssl/evp.h>
    private const int MaxDigest = 64;

    /// <summary>The framework's own order.</summary>
    private static readonly string[] Names =
        ["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"];

    /// <summary>Of both libraries, and none of them in versions older than 1.1.1.</summary>
    private static readonly string[] Functions =
    [
        "OPENSSL_init_ssl", "OpenSSL_version_num", "TLS_method", "TLS_client_method", "SSL_CTX_new", "SSL_CTX_free",
        "SSL_CTX_set_ciphersuites", "SSL_new", "SSL_do_handshake", "SSL_read", "SSL_write", "EVP_Digest", "EVP_sha1",
        "EVP_sha256", "EVP_MD_CTX_new", "BIO_new", "ERR_clear_error", "X509_STORE_new", "X509_verify_cert", "d2i_X509",
    ];

    private static readonly Lazy<(string Name, string? Fault)> Found = new(Probe);

    /// <summary>For people: the library's file, or "of the operating system".</summary>
    public static string Name => Found.Value.Name;

    /// <summary>What is wrong and what to install or change; null if it works. Loads the library.</summary>
    public static string? Fault => Found.Value.Fault;

    private static (string Name, string? Fault) Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return ("of the operating system", null);
        }

        nint library = 0;
        if (Array.Find(Names, name => NativeLibrary.TryLoad(name, out library)) is not { } name)
        {
            return ("none", $"OpenSSL is not installed; install it: {Packages}");
        }

        if (Array.Find(Functions, function => !NativeLibrary.TryGetExport(library, function, out _)) is not null)
        {
            return (name, $"{name} is not OpenSSL 1.1.1 or 3; install it: {Packages}");
        }

        return (name, Works(library) ? null : $"OpenSSL ({name}) cannot hash or start TLS; check openssl.cnf: in FIPS mode "
            + "the FIPS provider must be installed and working");
    }

    /// <summary>A real digest and a TLS context: without a usable provider OpenSSL loads well and refuses both.</summary>
    private static bool Works(nint library)
    {
        var init = (delegate* unmanaged<ulong, nint, int>)NativeLibrary.GetExport(library, "OPENSSL_init_ssl");
        var sha256 = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "EVP_sha256");
        var digest = (delegate* unmanaged<byte*, nuint, byte*, uint*, nint, nint, int>)
            NativeLibrary.GetExport(library, "EVP_Digest");
        var method = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "TLS_client_method");
        var create = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(library, "SSL_CTX_new");
        var free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "SSL_CTX_free");

        // The result says nothing that the two attempts do not.
        _ = init(InitAllCiphersAndDigests | InitLoadConfig | InitNoAtExit, 0);
        byte data = 0;
        var hash = stackalloc byte[MaxDigest];
        var length = 0u;
        if (digest(&data, 1, hash, &length, sha256(), 0) != 1)
        {
            return false;
        }

        var context = create(method());
        free(context);
        return context != 0;
    }
}
