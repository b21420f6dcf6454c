using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AotSidecar.Crypto;

/// <summary>
/// The operating system's random number generator (on Linux <c>getrandom(2)</c>), for everything that must not be
/// guessed. The framework's own is the same on Windows and macOS, but on Linux it loads OpenSSL: see <see
/// cref="Sha256"/>.
/// </summary>
internal static partial class SystemRandom
{
    public static void Fill(Span<byte> bytes)
    {
        if (!OperatingSystem.IsLinux() || !TryGetRandom(bytes))
        {
#pragma warning disable RS0030 // the one place that may
            RandomNumberGenerator.Fill(bytes);
#pragma warning restore RS0030
        }
    }

    public static byte GetByte()
    {
        byte one = 0;
        Fill(new Span<byte>(ref one));
        return one;
    }

    public static string GetBase64Url(int bytes)
    {
        Span<byte> random = stackalloc byte[bytes];
        Fill(random);
        return Base64Url.EncodeToString(random);
    }

    public static string GetHex(int bytes)
    {
        Span<byte> random = stackalloc byte[bytes];
        Fill(random);
        return Convert.ToHexStringLower(random);
    }

    /// <returns>False on a kernel that has no such call (before 3.17).</returns>
    private static bool TryGetRandom(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = GetRandom(ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, 0);
            if (count <= 0)
            {
                return false;
            }

            bytes = bytes[(int)count..];
        }

        return true;
    }

    // <sys/random.h>
    [LibraryImport("libc", EntryPoint = "getrandom")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetRandom(ref byte buffer, nuint length, uint flags);
}
