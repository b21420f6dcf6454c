using System.Globalization;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Harness;

/// <summary>The open descriptors of a process that keeps them from everybody but root.</summary>
[SupportedOSPlatform("linux")]
internal static class Descriptors
{
    /// <summary>What each descriptor is: a path, <c>socket:[inode]</c>, <c>anon_inode:…</c>.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd");

        // A process at work closes some while they are listed: those are left out, and only a process that is gone is an error.
        string[] list = ["sh", "-c", "cd \"$1\" || exit 1; for one in *; do readlink \"$one\"; done; exit 0", "sh", folder];
        var text = Posix.IsRoot
            ? await Tool.RunAsync(list[0], "dash", "/", list[1..], Deadline.Token())
            : await Tool.RunAsync("sudo", "sudo", "/", ["-n", .. list], Deadline.Token());
        return [.. text.Split('\n').Where(static line => line.Length > 0)];
    }
}
