using System.Runtime.InteropServices;

namespace AotSidecar.Process;

/// <summary>
/// Why and when the process ends. Everything that can end it (stdin, pipe, parent, signals, <c>shutdown</c>) reports
/// here. The first reason wins, and the running command acts on it. A second signal exits at once.
/// </summary>
internal sealed class EndOfLife : IDisposable
{
    private readonly TaskCompletionSource<EndReason> _requested =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly List<PosixSignalRegistration> _signals = [];
    private int _signalCount;

    public Task<EndReason> Requested => _requested.Task;

    public void Request(EndReason reason) => _requested.TrySetResult(reason);

    /// <summary>
    /// SIGTERM, SIGINT, SIGHUP and SIGQUIT; on Windows Ctrl-C, Ctrl-Break and the closing of the console.
    /// </summary>
    public void ListenForSignals()
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)
            [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Not on Windows: disposal blocks until the handler returns, and ours never does.</summary>
    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            _signals.ForEach(static signal => signal.Dispose());
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signalCount) > 1)
        {
            ProcessExit.Now(ExitCode.Ok);
        }

        Request(EndReason.Signal);

        // The console closes or the user logs off: Windows ends the process when this handler returns, or after 5 s.
        if (OperatingSystem.IsWindows() && context.Signal is PosixSignal.SIGHUP or PosixSignal.SIGTERM)
        {
            Thread.CurrentThread.Join();
        }
    }
}

internal enum EndReason
{
    Signal,
    StdinClosed,
    BridgeClosed,

    /// <summary>The host broke the bridge's protocol; the exit code says so.</summary>
    BridgeBroken,
    ParentGone,
    HostAsked,
}
