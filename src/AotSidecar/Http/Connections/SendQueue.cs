using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AotSidecar.Http;

/// <summary>
/// Bytes that the operating system still holds for a client. They decrease while a slow client reads, long before a
/// waiting write completes.
/// </summary>
internal static partial class SendQueue
{
    // <linux/sockios.h>
    private const nuint SiocOutQ = 0x5411;

    /// <returns>0 where the system does not tell; then only completed writes count as reading.</returns>
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
