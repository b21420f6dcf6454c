using System.Runtime.InteropServices;

namespace AotSidecar.Process;

/// <summary>
/// Protects this process's memory from others of the same user, as ssh-agent does. Not dumpable means no ptrace, no
/// <c>/proc/pid/mem</c> and no core file. On Windows, crash reports leave out the heap.
/// </summary>
internal static partial class ProcessHardening
{
    // <werapi.h>
    private const uint WerNoHeap = 1;

    // <sys/prctl.h>, <sys/resource.h>
    private const int PrSetPdeathsig = 1;
    private const int PrSetDumpable = 4;
    private const int RlimitCore = 4;
    private const int RlimitNoFileLinux = 7;
    private const int RlimitNoFileMac = 8;

    /// <summary>More than all connections that are allowed at once need; macOS starts with 256.</summary>
    private const ulong Descriptors = 4096;

    /// <summary>
    /// Of a new thread, as .NET has it on Windows. The system's default is what <c>ulimit -s</c> says. Too little is not
    /// refused: the framework hands deep calls to other threads, and those, as small, wait for each other for ever.
    /// </summary>
    private const nuint ThreadStack = 1536 * 1024;

    // <signal.h>: the same numbers on Linux and macOS
    private const int SigInt = 2;
    private const int SigXfsz = 25;
    private const nint SigDfl = 0;
    private const nint SigIgn = 1;

    /// <summary>Called first in Main. Failures are ignored: this is a second line of defence.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows())
        {
            _ = SetErrorReporting(WerNoHeap);
            return;
        }

        RaiseDescriptorLimit();
        var none = default(ResourceLimit);
        _ = SetResourceLimit(RlimitCore, in none);

        // Exceeding a file size limit then fails the write instead of ending the process.
        _ = SetSignalHandler(SigXfsz, SigIgn);

        // An editor started as a background job passes on "ignore SIGINT", and .NET would keep that.
        _ = SetSignalHandler(SigInt, SigDfl);
        if (OperatingSystem.IsLinux())
        {
            _ = ProcessControl(PrSetDumpable, 0, 0, 0, 0);
            SetThreadStacks();
        }
    }

    private static void RaiseDescriptorLimit()
    {
        var resource = OperatingSystem.IsMacOS() ? RlimitNoFileMac : RlimitNoFileLinux;
        if (GetResourceLimit(resource, out var limit) == 0 && limit.Current < Descriptors)
        {
            limit.Current = Math.Min(limit.Maximum, Descriptors);
            _ = SetResourceLimit(resource, in limit);
        }
    }

    private static void SetThreadStacks()
    {
        if (GetDefaultAttributes(out var attributes) == 0 && SetStackSize(ref attributes, ThreadStack) == 0)
        {
            _ = SetDefaultAttributes(in attributes);
        }
    }

    /// <summary>Asks Linux to signal the parent's death, as a backup for the end of stdin.</summary>
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

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetResourceLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetSignalHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_getattr_default_np")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetDefaultAttributes(out ThreadAttributes attributes);

    [LibraryImport("libc", EntryPoint = "pthread_setattr_default_np")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetDefaultAttributes(in ThreadAttributes attributes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_setstacksize")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetStackSize(ref ThreadAttributes attributes, nuint size);

    /// <summary>pthread_attr_t: at most 64 bytes on the systems we publish for.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct ThreadAttributes;

    /// <summary>struct rlimit: both members are 64 bits on every system we publish for.</summary>
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
