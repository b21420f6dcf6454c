using System.Runtime.InteropServices;

namespace AotSidecar.Process;

internal static partial class ProcessExit
{
    /// <summary>Ends the process without finalizers or waiting for any thread.</summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        ExitImmediately(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void ExitImmediately(int status);
}
