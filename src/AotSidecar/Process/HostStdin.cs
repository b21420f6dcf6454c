namespace AotSidecar.Process;

/// <summary>
/// Reads stdin on its own thread: first the launch line, then until the end of the stream, which means that the host is
/// gone. The thread blocks, because not every system can read a pipe on stdin asynchronously.
/// </summary>
internal sealed class HostStdin(Stream stdin, EndOfLife endOfLife)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource<LaunchLine> _launchLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Start() => new Thread(Run, 128 * 1024) { IsBackground = true, Name = "stdin" }.Start();

    /// <exception cref="FatalException">The line is invalid, or did not arrive within 10 s.</exception>
    public async Task<LaunchLine> ReadLaunchLineAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return await _launchLine.Task.WaitAsync(Deadline, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw LaunchLine.TimedOut();
        }
    }

    private void Run()
    {
        try
        {
            _launchLine.SetResult(LaunchLine.Parse(ReadLine()));
        }
        catch (FatalException e)
        {
            // Start-up failed; the awaiter reports it.
            _launchLine.SetException(e);
            return;
        }
        catch (IOException)
        {
            _launchLine.SetException(LaunchLine.Invalid("stdin cannot be read"));
            return;
        }

        try
        {
            var rest = new byte[256];
            while (stdin.Read(rest) > 0)
            {
                // Ignore further input; only its end matters.
            }
        }
        catch (IOException)
        {
            // Treated like the end of the stream.
        }

        endOfLife.Request(EndReason.StdinClosed);
    }

    private byte[] ReadLine()
    {
        var line = new byte[LaunchLine.MaxLength];
        var length = 0;
        while (true)
        {
            // Anything after the line in the same read is dropped; the protocol defines nothing to follow it.
            var read = stdin.Read(line, length, line.Length - length);
            if (read == 0)
            {
                throw LaunchLine.Invalid(length == line.Length ? "the launch line is longer than 16 KiB" : "stdin ended before a whole launch line");
            }

            var end = Array.IndexOf(line, (byte)'\n', length, read);
            length += read;
            if (end >= 0)
            {
                return line[..end];
            }
        }
    }
}
