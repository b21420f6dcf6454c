using AotSidecar.Bridge;
using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.Logging;
using AotSidecar.Process;
using AotSidecar.Secrets;
using AotSidecar.Storage;

namespace AotSidecar;

/// <summary>Created before the server, so that the bridge's handshake and the listener's start overlap.</summary>
internal sealed class SidecarProcess : IAsyncDisposable
{
    public SidecarProcess(ServeOptions options, Stream stderr, TimeProvider clock)
    {
        Clock = clock;
        Logs = new SidecarLoggerFactory(new StderrWriter(stderr), clock, options.LogLevel, options.TextLogs);
        Access = new AccessList(options.AllowOrigins.Count > 0 ? options.AllowOrigins : ["vscode-webview://*"], options.AllowHosts);
        Bridge = new HostBridge(
            new BridgeOptions(options.Bridge, options.BridgeTimeout), Secret, Counters, clock, Logs.CreateLogger<HostBridge>());
    }

    public TimeProvider Clock { get; }

    public SidecarLoggerFactory Logs { get; }

    public AccessList Access { get; }

    public LaunchSecret Secret { get; } = new();

    public RequestCounters Counters { get; } = new();

    public EndOfLife EndOfLife { get; } = new();

    public HostBridge Bridge { get; }

    /// <summary>The directory of <c>--data-dir</c>, once it is open.</summary>
    public DataDirectory? Data { get; private set; }

    /// <exception cref="FatalException">Another process uses it, or it is unusable.</exception>
    public async Task OpenDataAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        if (options.DataDirectory is { } path)
        {
            Data = await DataDirectory.OpenAsync(path, Counters, Clock, Logs.CreateLogger<DataDirectory>(), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Data?.Dispose();
        await Bridge.DisposeAsync();
        EndOfLife.Dispose();
        Logs.Dispose();
    }
}
