using System.Diagnostics;
using System.Globalization;

namespace AotSidecar.NativeTests.Harness;

internal static class RunningProcesses
{
    /// <summary>Whether a process runs. One that has ended and that nobody has asked about, a zombie, does not.</summary>
    public static bool Has(int id)
    {
        if (OperatingSystem.IsLinux())
        {
            return State(id) is not ('Z' or 'X' or null);
        }

        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static char? State(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
