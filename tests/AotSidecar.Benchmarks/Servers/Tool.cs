using System.ComponentModel;
using System.Diagnostics;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>A build or install that the run needs once.</summary>
internal static class Tool
{
    // A first native publish on a slow machine; everything else is far quicker.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static void Run(string folder, string fileName, string[] arguments)
    {
        Console.Error.WriteLine($"preparing: {fileName} {string.Join(' ', arguments)}");
        try
        {
            using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(fileName, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            var output = process!.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new ToolException($"{fileName} did not end within {Patience.TotalMinutes} minutes");
            }

            if (process.ExitCode != 0)
            {
                Console.Error.WriteLine(output.Result + errors.Result);
                throw new ToolException($"{fileName} {arguments[0]} failed with exit code {process.ExitCode}");
            }
        }
        catch (Win32Exception)
        {
            throw new ToolException($"{fileName} is not installed");
        }
    }
}

/// <summary>A peer is unavailable on this machine; the message becomes the table's footnote.</summary>
internal sealed class ToolException(string message) : Exception(message);
