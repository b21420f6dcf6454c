using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AotSidecar.Http;

/// <summary>What the system still holds for a client. It shrinks while a slow client reads, long before a write that waits goes on.</summary>
internal static partial class SendQueue
{
    // <linux/sockios.h>
    private const nuint SiocOutQ = 0x5411;

    /// <returns>Bytes; 0 where the system does not tell, which leaves only the writes to go by.</returns>
    public static int Length(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            return Control(socket.SafeHandle, SiocOutQ, out var length) == 0 ? length : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeSocketHandle descriptor, nuint request, out int value);
}
