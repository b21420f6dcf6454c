using System.Diagnostics;
using System.Net.Sockets;
using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>A program under test, started in an empty folder and ended with this object.</summary>
internal sealed class ServerProcess : IDisposable
{
    // Fine beside any start-up measured here, and idle enough to leave the processor to the program that starts.
    private const long PollInterval = 250_000;
    private const long Patience = 20 * MonotonicClock.Second;
    private const int KeptErrors = 4096;

    private readonly System.Diagnostics.Process _process;
    private string _errors = "";

    public ServerProcess(string fileName, IEnumerable<string> arguments, string standardInput, string folder)
    {
        var start = new ProcessStartInfo(fileName)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        StartedAt = MonotonicClock.Now;
        _process = System.Diagnostics.Process.Start(start) ?? throw new InvalidOperationException($"{fileName} did not start.");
        _process.ErrorDataReceived += (_, line) => _errors = _errors.Length > KeptErrors ? _errors : _errors + line.Data + "\n";
        _process.BeginErrorReadLine();
        if (standardInput.Length > 0)
        {
            _process.StandardInput.Write(standardInput);
            _process.StandardInput.Flush();
        }
    }

    public long StartedAt { get; }

    public int Id => _process.Id;

    /// <summary>The next line of standard output.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw Ended();

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Asks again and again until the server answers with a success, and says when it did.</summary>
    public long WaitForSuccess(int port, ReadOnlySpan<byte> request)
    {
        var idle = new Poller();
        while (MonotonicClock.Now - StartedAt < Patience)
        {
            try
            {
                using var connection = new HttpConnection(port);
                LoadLoop.Exchange(connection, request);
                return connection.CompletedAt;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                idle.Wait(PollInterval);
            }
        }

        throw new TimeoutException($"No success within 20 s. {_errors}");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private InvalidOperationException Ended() => new($"The program ended before it was ready. {_errors}");
}
