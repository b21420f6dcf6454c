using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AotSidecar.Crypto;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// Loads the system's certificates ahead of the first connection. On Linux they are hundreds of files and take ten
/// times as long as the handshake that needs them; other systems keep them loaded. Does not connect.
/// </summary>
internal sealed class TrustStore(TimeProvider clock)
{
    /// <summary>The framework keeps them for five minutes.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(4);

    private readonly Lock _gate = new();
    private long? _read;

    /// <summary>Loads them in the background if they are needed and not fresh.</summary>
    public void ReadAhead(Provider provider)
    {
        if (OperatingSystem.IsLinux() && provider.BaseUrl.Scheme == Uri.UriSchemeHttps && TryBegin())
        {
            _ = Task.Run(Read);
        }
    }

    private bool TryBegin()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            if (_read is { } read && clock.GetElapsedTime(read, now) < Fresh)
            {
                return false;
            }

            _read = now;
            return true;
        }
    }

    /// <summary>
    /// The framework asks for the user's home before it builds any chain, and fails without one. A container's user has
    /// neither <c>HOME</c> nor an entry in the list of users; then the root directory does, where no store is.
    /// </summary>
    public static void EnsureHome()
    {
#pragma warning disable RS0030 // read by the framework in any case
        if (OperatingSystem.IsLinux() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
#pragma warning restore RS0030
        {
            Environment.SetEnvironmentVariable("HOME", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        }
    }

    private static void Read()
    {
        if (TlsLibrary.Fault is not null)
        {
            return;
        }

        try
        {
            using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
            store.Open(OpenFlags.ReadOnly);
            foreach (var certificate in store.Certificates)
            {
                certificate.Dispose();
            }
        }
        catch (CryptographicException)
        {
            // Ignored: the connection that needs them reports the failure.
        }
    }
}
