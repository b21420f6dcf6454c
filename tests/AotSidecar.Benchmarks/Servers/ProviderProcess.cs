using System.Globalization;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>The fake provider, run by this same program in a process of its own.</summary>
internal sealed class ProviderProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ServerProcess _process;

    private ProviderProcess(ServerProcess process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int ProcessId => _process.Id;

    public string Origin => $"http://127.0.0.1:{Port}";

    public static ProviderProcess Start(string folder)
    {
        var process = new ServerProcess(Environment.ProcessPath!, ["--provider"], "", folder);
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        var line = process.ReadLineAsync(deadline.Token).GetAwaiter().GetResult();
        return new ProviderProcess(process, int.Parse(line, CultureInfo.InvariantCulture));
    }

    public void Dispose() => _process.Dispose();
}
