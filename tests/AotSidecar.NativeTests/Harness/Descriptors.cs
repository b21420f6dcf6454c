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
        string[] list = ["ls", "-l", folder];
        var text = Posix.IsRoot
            ? await Tool.RunAsync(list[0], "coreutils", "/", list[1..], Deadline.Token())
            : await Tool.RunAsync("sudo", "sudo", "/", ["-n", .. list], Deadline.Token());
        return [.. text.Split('\n').Where(line => line.Contains(" -> ", StringComparison.Ordinal))
            .Select(line => line[(line.LastIndexOf(" -> ", StringComparison.Ordinal) + 4)..])];
    }
}
