using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>One run of the published executable, seen as the extension host sees it: three streams and an exit code.</summary>
internal sealed class SidecarProcess : IAsyncDisposable
{
    private readonly Process _process;

    private SidecarProcess(Process process, bool readsErrors)
    {
        _process = process;
        Output.Drain(process.StandardOutput.BaseStream);
        if (readsErrors)
        {
            Errors.Drain(process.StandardError.BaseStream);
        }

        Exit = WaitForExitAsync();
    }

    public ByteLog Output { get; } = new();

    public ByteLog Errors { get; } = new();

    /// <summary>The exit code, once the process has ended and its streams are read to their ends.</summary>
    public Task<int> Exit { get; }

    public int Id => _process.Id;

    public static async Task<SidecarProcess> StartAsync(Launch launch)
    {
        string[] command =
        [
            .. OperatingSystem.IsWindows() ? [] : launch.Wrapper, launch.Executable ?? await PublishedExecutable.PathAsync(), .. launch.Arguments,
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = launch.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        if (OperatingSystem.IsWindows())
        {
            // sockets need the first; the second lets Ctrl-Break reach the child and not the tests
            start.Environment["SystemRoot"] = Environment.GetFolderPath(Environment.SpecialFolder.Windows);
            start.CreateNewProcessGroup = true;
        }

        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        var process = new SidecarProcess(await ChildSpawner.StartAsync(start), launch.ReadsErrors);
        if (launch.Input is { } input)
        {
            await process.WriteInputAsync(input);
        }

        return process;
    }

    /// <summary>The ready or the fatal line.</summary>
    public async Task<JsonNode> AnnouncementAsync()
    {
        var line = await Output.LineAsync(_ => true).Within("the ready or fatal line");
        return line is null
            ? throw new InvalidOperationException($"stdout ended without a line; stderr:\n{Errors.Text}")
            : JsonNode.Parse(line)!;
    }

    /// <summary>Runs until the process has ended and answers its exit code.</summary>
    public Task<int> ExitCodeAsync() => Exit.Within("the end of the process");

    public async Task WriteInputAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var input = _process.StandardInput.BaseStream;
            await input.WriteAsync(bytes, Deadline.Token());
            await input.FlushAsync(Deadline.Token());
        }
        catch (IOException)
        {
            // the child has ended or closed its end first: what it says about that is what the test looks at
        }
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void CloseErrors() => _process.StandardError.Close();

    [UnsupportedOSPlatform("windows")]
    public void Signal(int signal) => Posix.Signal(Id, signal);

    /// <summary>What this system sends to a process that is to end: SIGTERM or Ctrl-Break.</summary>
    public void Interrupt()
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsConsole.Break(Id);
        }
        else
        {
            Signal(Posix.SigTerm);
        }
    }

    /// <summary>Asks for an orderly end as a host of this system does; Windows has no signal for it.</summary>
    public void AskToEnd()
    {
        if (OperatingSystem.IsWindows())
        {
            CloseInput();
        }
        else
        {
            Interrupt();
        }
    }

    /// <summary>At once and without a word: SIGKILL, or what Windows calls terminating.</summary>
    public void Kill() => _process.Kill();

    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>The most that was resident so far.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public long PeakResidentBytes() => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        System.Globalization.CultureInfo.InvariantCulture);

    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Exit.IsCompleted)
        {
            try
            {
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
                // it ended by itself in the meantime
            }

            await Exit.Within("the end of a killed process");
        }

        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        await Output.Ended;
        await Errors.Ended;
        return _process.ExitCode;
    }
}
