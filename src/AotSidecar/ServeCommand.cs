using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.Process;

namespace AotSidecar;

/// <summary><c>aotsidecar serve</c>: from the launch line to the exit code.</summary>
internal static class ServeCommand
{
    /// <summary>SIGUSR2 on Linux, otherwise unused; registrations accept raw numbers.</summary>
    private const int ParentDeathSignal = 12;

    /// <summary>
    /// For running streams: a little less than the promised 3 s, so that their last event still goes out in time.
    /// </summary>
    private static readonly TimeSpan StreamTime = TimeSpan.FromMilliseconds(2700);

    /// <summary>
    /// After the cut: enough to write one event to each stream, and under the 5 s in which the process must be gone.
    /// </summary>
    private static readonly TimeSpan CutTime = TimeSpan.FromMilliseconds(1000);

    /// <exception cref="FatalException">The process cannot begin its work.</exception>
    public static async Task<int> RunAsync(ServeOptions options, Stream stdin, Stream stdout, Stream stderr)
    {
        await using var process = new SidecarProcess(options, stderr, TimeProvider.System);
        using var parentDeath = WatchEnds(options, process);
        var input = new HostStdin(stdin, process.EndOfLife);
        input.Start();
        using var cancellation = new CancellationTokenSource();
        var connected = ConnectAsync(input, options, process, cancellation.Token);
        if (!await OpenDataAsync(options, process))
        {
            return ExitCode.Ok;
        }

        await using var host = new SidecarHost(options, process);
        var port = await LoopbackServer.StartListeningAsync(host.App, options.Port, cancellation.Token);
        process.Access.SetPort(port);

        // The end may come before the host has connected; then no <c>ready</c> is written.
        await Task.WhenAny(connected, process.EndOfLife.Requested);
        if (connected.IsCompleted)
        {
            await connected;
            await process.Bridge.OpenAsync(port, host.HostMethods, cancellation.Token);
            process.Logs.CreateLogger(typeof(ServeCommand).FullName!).Listening(port);
            LaunchLines.WriteReady(stdout, port);
            host.IdleMemory.Watch();
            _ = EndWithBridgeAsync(process);
        }

        return await StopAsync(host, process, await process.EndOfLife.Requested);
    }

    /// <summary>
    /// Another process may hold the directory for some seconds; if our host ends meanwhile, stop waiting.
    /// </summary>
    /// <returns>False when the end came first.</returns>
    private static async Task<bool> OpenDataAsync(ServeOptions options, SidecarProcess process)
    {
        using var ended = new CancellationTokenSource();
        var opened = process.OpenDataAsync(options, ended.Token);
        await Task.WhenAny(opened, process.EndOfLife.Requested);
        if (!opened.IsCompleted)
        {
            await ended.CancelAsync();
        }

        try
        {
            await opened;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task ConnectAsync(
        HostStdin input, ServeOptions options, SidecarProcess process, CancellationToken cancellationToken)
    {
        var line = await input.ReadLaunchLineAsync(process.Clock, cancellationToken);
        process.Secret.Set(line.Secret);
        options.Proxy = line.Proxy ?? options.Proxy;
        await process.Bridge.ConnectAsync(cancellationToken);
    }

    private static System.Runtime.InteropServices.PosixSignalRegistration? WatchEnds(ServeOptions options, SidecarProcess process)
    {
        process.EndOfLife.ListenForSignals();
        if (options.ParentPid is { } pid)
        {
            _ = EndWithParentAsync(pid, process);
        }

        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // The kernel also sends it when only the spawning thread ends, so check whether the parent changed.
        var parent = ParentWatch.ParentPid();
        var registration = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            (System.Runtime.InteropServices.PosixSignal)ParentDeathSignal, context =>
            {
                context.Cancel = true;
                if (ParentWatch.ParentPid() != parent)
                {
                    process.EndOfLife.Request(EndReason.ParentGone);
                }
            });
        ProcessHardening.RequestParentDeathSignal(ParentDeathSignal);
        return registration;
    }

    private static async Task EndWithParentAsync(int pid, SidecarProcess process)
    {
        await ParentWatch.WaitForEndAsync(pid, process.Clock, CancellationToken.None);
        process.EndOfLife.Request(EndReason.ParentGone);
    }

    private static async Task EndWithBridgeAsync(SidecarProcess process) =>
        process.EndOfLife.Request(await process.Bridge.Ended is null ? EndReason.BridgeClosed : EndReason.BridgeBroken);

    /// <summary>Closes the port, waits for running streams, then cuts them.</summary>
    private static async Task<int> StopAsync(SidecarHost host, SidecarProcess process, EndReason reason)
    {
        var streams = host.Streams;
        var logger = process.Logs.CreateLogger(typeof(ServeCommand).FullName!);
        logger.Stopping(reason.ToString(), streams.Count);
        using var limit = new CancellationTokenSource(StreamTime + CutTime, process.Clock);
        var stopped = host.App.StopAsync(limit.Token);
        try
        {
            await stopped.WaitAsync(StreamTime, process.Clock);
        }
        catch (TimeoutException)
        {
            logger.StreamsCut(streams.Count);
            await streams.CutAsync();
            await stopped;
        }

        logger.Stopped();
        return reason == EndReason.BridgeBroken ? ExitCode.Bridge : ExitCode.Ok;
    }
}
