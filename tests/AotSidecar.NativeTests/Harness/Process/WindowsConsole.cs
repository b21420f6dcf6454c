using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Console control events: the closest to signals on Windows.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsConsole
{
    private const uint CtrlBreak = 1;

    /// <summary>Reaches every process of a group on this console; a group has the id of the process that was started with it.</summary>
    public static void Break(int group)
    {
        if (!GenerateEvent(CtrlBreak, (uint)group))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("kernel32", EntryPoint = "GenerateConsoleCtrlEvent", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GenerateEvent(uint kind, uint group);
}
