using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// Reads the system's certificates before a connection has to. On Linux they are hundreds of files, which take ten times
/// as long as the handshake that waits for them; elsewhere the system itself holds them ready. Connects nowhere.
/// </summary>
internal sealed class TrustStore(TimeProvider clock)
{
    /// <summary>The framework keeps them for five minutes.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(4);

    private readonly Lock _gate = new();
    private long? _read;

    /// <summary>In the background, and only if they are needed and not fresh.</summary>
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

    private static void Read()
    {
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
            // the connection that needs them fails in its own words
        }
    }
}
