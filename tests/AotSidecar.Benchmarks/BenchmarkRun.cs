using System.Net.Sockets;
using System.Runtime.InteropServices;
using AotSidecar.Benchmarks.Measures;
using AotSidecar.Benchmarks.Report;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks;

/// <summary>One run: makes the programs ready, takes every measure, prints the table.</summary>
internal sealed class BenchmarkRun(BenchmarkOptions options) : IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly Measurements _values = new();
    private readonly List<string> _notes = [];
    private bool _broken;

    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var peers = new Peers(_workspace, options.Beside, buildMissing: !options.Short);
        var available = peers.Prepare();
        var sidecar = options.Sidecar ?? _workspace.Sidecar();
        _notes.AddRange(peers.Skipped);
        using var provider = ProviderProcess.Start(_workspace.EmptyFolder);
        var bench = new Bench(_workspace, sidecar, available, provider, _values, options.Short);

        await TakeAsync("start", () => StartMeasure.RunAsync(bench, cancellationToken));
        await TakeAsync("idle", () => IdleMeasure.RunAsync(bench, cancellationToken));
        using (var running = Wanted("mint", "small", "reply", "flat", "paced") ? await RunningServers.StartAsync(bench, cancellationToken) : null)
        {
            await TakeAsync("mint", () => MintMeasure.RunAsync(bench, cancellationToken));
            await TakeAsync("small", () => SmallRequestMeasure.Run(bench, running!));
            await TakeAsync("reply", () => ShortReplyMeasure.Run(bench, running!));
            await TakeAsync("flat", () => FlatMeasure.Run(bench, running!));
            await TakeAsync("paced", () => PacedMeasure.Run(bench, running!));
            _notes.AddRange(running?.Failures ?? []);
            _broken |= running?.SidecarFailed ?? false;
        }

        await TakeAsync("turn", () => TurnMeasure.RunAsync(bench, cancellationToken));
        await TakeAsync("store", () => StoreMeasure.Run(bench));
        await TakeAsync("journal", () => JournalMeasure.RunAsync(bench, cancellationToken));

        string[] columns = [Column.ChatKit, Column.PassThrough, Column.Direct, .. available.Select(peer => peer.Name)];
        _notes.Add($"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");
        await Console.Out.WriteLineAsync(MarkdownReport.Write(_values, columns, _notes));
        return _broken ? 1 : 0;
    }

    public void Dispose() => _workspace.Dispose();

    private bool Wanted(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (options.Only.Count == 0 || options.Only.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    private Task TakeAsync(string name, Action measure) => TakeAsync(name, () =>
    {
        measure();
        return Task.CompletedTask;
    });

    /// <summary>One broken measure does not hide the others; it still fails the run.</summary>
    private async Task TakeAsync(string name, Func<Task> measure)
    {
        if (!Wanted(name))
        {
            return;
        }

        var start = TimeProvider.System.GetTimestamp();
        try
        {
            await measure();
        }
        catch (Exception failure) when (failure is IOException or SocketException or TimeoutException
            or InvalidDataException or InvalidOperationException)
        {
            _broken = true;
            _notes.Add($"**broken**: {name}: {failure.Message}");
        }

        await Console.Error.WriteLineAsync($"{name}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");
    }
}
