using System.Runtime.InteropServices;
using System.Text;

namespace AotSidecar.Process;

/// <summary>What a process that fails says: the <c>fatal</c> line, unless it was ready before, and its reason on stderr.</summary>
internal static partial class LastWords
{
    /// <returns>The exit code.</returns>
    public static int Say(string[] arguments, Exception exception)
    {
        var fatal = exception as FatalException ?? new FatalException(
            "internal_error",
            ExitCode.InternalError,
            $"failed to start ({exception.GetType().Name}); is memory, or are open files, limited? stderr says where it happened");
        if ((arguments is ["serve", ..] || Console.IsOutputRedirected) && LaunchLines.TryMakeFatal(fatal) is { } line)
        {
            Write(1, line);
        }

        var stack = exception is FatalException ? "" : exception.StackTrace + Environment.NewLine;
        Write(2, Encoding.UTF8.GetBytes(LaunchLines.Describe(fatal) + Environment.NewLine + stack));
        return fatal.ExitCode;
    }

    /// <summary>Console would duplicate the descriptor first, and too few descriptors may be what there is to say.</summary>
    private static void Write(int descriptor, byte[] bytes)
    {
        if (!OperatingSystem.IsWindows())
        {
            // One line into a pipe or a file is written whole or, when nobody reads, not at all.
            _ = WriteTo(descriptor, bytes, (nuint)bytes.Length);
            return;
        }

        try
        {
            using var stream = descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
            stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody reads it.
        }
    }

    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint WriteTo(int descriptor, byte[] bytes, nuint length);
}
