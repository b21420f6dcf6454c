using System.Runtime.InteropServices;

namespace AotSidecar.Process;

/// <summary>
/// Keeps other processes of the same user out of this one's memory, as ssh-agent does: not dumpable means no ptrace, no
/// <c>/proc/pid/mem</c> and no core file with keys in it. On Windows a crash report must not have the heap in it.
/// </summary>
internal static partial class ProcessHardening
{
    // <werapi.h>
    private const uint WerNoHeap = 1;

    // <sys/prctl.h>, <sys/resource.h>
    private const int PrSetPdeathsig = 1;
    private const int PrSetDumpable = 4;
    private const int RlimitCore = 4;

    // <signal.h>: the same numbers on Linux and macOS
    private const int SigInt = 2;
    private const int SigXfsz = 25;
    private const nint SigDfl = 0;
    private const nint SigIgn = 1;

    /// <summary>The first lines of Main. A failure is not fatal: these are a second line of defence.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows())
        {
            _ = SetErrorReporting(WerNoHeap);
            return;
        }

        var none = default(ResourceLimit);
        _ = SetResourceLimit(RlimitCore, in none);

        // A file that must not become larger is an error of the write that would make it so, not the end of the process.
        _ = SetSignalHandler(SigXfsz, SigIgn);

        // A shell without job control has its background jobs ignore it, an editor started so passes that on, and .NET would keep it.
        _ = SetSignalHandler(SigInt, SigDfl);
        if (OperatingSystem.IsLinux())
        {
            _ = ProcessControl(PrSetDumpable, 0, 0, 0, 0);
        }
    }

    /// <summary>Asks Linux for a signal when the parent dies: a backup for stdin's end.</summary>
    public static void RequestParentDeathSignal(int signal)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = ProcessControl(PrSetPdeathsig, (nuint)signal, 0, 0, 0);
        }
    }

    [LibraryImport("kernel32", EntryPoint = "WerSetFlags")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetErrorReporting(uint flags);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProcessControl(int option, nuint a2, nuint a3, nuint a4, nuint a5);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetSignalHandler(int signal, nint handler);

    /// <summary>struct rlimit: both members are 64 bits on every system we publish for.</summary>
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
