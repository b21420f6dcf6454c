using System.Runtime.Versioning;

namespace AotSidecar.NativeTests;

/// <summary>The descriptors that a running sidecar holds.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Footprint
{
    /// <summary>A connection to the provider that nobody uses is kept for 60 s and then closed by a timer.</summary>
    private static readonly TimeSpan QuietWithin = TimeSpan.FromSeconds(100);

    private readonly int _process;
    private readonly HashSet<string> _ownSockets;

    private Footprint(int process, HashSet<string> ownSockets) => (_process, _ownSockets) = (process, ownSockets);

    /// <summary>To be taken before the first connection: the sockets there are now (listener and bridge) are the ones that stay.</summary>
    public static async Task<Footprint> OfAsync(Sidecar sidecar) =>
        new(sidecar.Process.Id, [.. Sockets(await Descriptors.OfAsync(sidecar.Process.Id))]);

    public async Task<int> CountAsync() => (await Descriptors.OfAsync(_process)).Count;

    /// <summary>
    /// Waits until every connection has been given back, which the kernel shows by their descriptors being gone, and answers
    /// what is left: each with its inode, so that two lists can be compared one by one.
    /// </summary>
    public async Task<IReadOnlyList<string>> QuietAsync()
    {
        using var limit = new CancellationTokenSource(QuietWithin, TimeProvider.System);
        while (true)
        {
            var open = await Descriptors.OfAsync(_process);
            var others = Sockets(open).Where(socket => !_ownSockets.Contains(socket)).ToList();
            if (others.Count == 0)
            {
                return [.. open.Order(StringComparer.Ordinal)];
            }

            Assert.False(limit.IsCancellationRequested, $"{others.Count} connections were never given back: {string.Join(' ', others)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static IEnumerable<string> Sockets(IEnumerable<string> descriptors) =>
        descriptors.Where(static target => target.StartsWith("socket:", StringComparison.Ordinal));
}
