using System.Globalization;
using System.Runtime.InteropServices;

namespace AotSidecar.Process;

/// <summary>
/// Detects that a process is gone, by pid and start time, so that a reused pid is not mistaken for it.
/// </summary>
internal static partial class ParentWatch
{
    private const long Ended = -1;

    /// <summary>The process has to be gone within 5 s of its parent.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Completes when the process is gone; at once when it already is.</summary>
    public static async Task WaitForEndAsync(int pid, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            await WaitForHandleAsync(pid, cancellationToken);
            return;
        }

        var start = StartTime(pid);
        while (IsAlive(pid) && start != Ended && StartTime(pid) == start)
        {
            await Task.Delay(Period, clock, cancellationToken);
        }
    }

    /// <summary>The pid of the process that started this one; it changes when that one dies.</summary>
    public static int ParentPid() => OperatingSystem.IsWindows() ? 0 : GetParentPid();

    /// <summary>An open handle keeps the pid from being reused.</summary>
    private static async Task WaitForHandleAsync(int pid, CancellationToken cancellationToken)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (ArgumentException)
        {
            // The process has ended already.
        }
    }

    private static bool IsAlive(int pid)
    {
        const int PermissionDenied = 1;
        return Kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() == PermissionDenied;
    }

    /// <summary>
    /// Linux: field 22 of /proc/pid/stat, counted after the command's closing parenthesis. 0 if it cannot be read; then
    /// only pids are compared. A zombie counts as ended.
    /// </summary>
    private static long StartTime(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? Ended : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetParentPid();
}
