using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// Connects as RFC 8305 ("Happy Eyeballs") says: to a host's addresses in turn, IPv6 and IPv4 alternating, each begun a
/// moment after the one before it or at once when that one fails. So a dead address costs a moment, not the turn.
/// </summary>
internal static class StaggeredConnect
{
    /// <summary>The standard's "connection attempt delay".</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    /// <exception cref="SocketException">The name does not resolve, or no address answers.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint target, TimeProvider clock, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        return new NetworkStream(await ConnectAsync(addresses, target.Port, clock, cancellationToken), ownsSocket: true);
    }

    /// <exception cref="SocketException">No address answers; the last failure.</exception>
    [SuppressMessage("Reliability", "CA2025", Justification = "the losers are cancelled before their source goes")]
    public static async Task<Socket> ConnectAsync(
        IReadOnlyList<IPAddress> addresses, int port, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPAddress>(Alternate(addresses));
        var attempts = new List<Task<Socket>>();
        Exception failure = new SocketException((int)SocketError.HostNotFound);
        try
        {
            while (waiting.Count > 0 || attempts.Count > 0)
            {
                if (waiting.TryDequeue(out var address))
                {
                    attempts.Add(AttemptAsync(new IPEndPoint(address, port), losers.Token));
                }

                if (await FirstEndedAsync(attempts, waiting.Count > 0, clock, cancellationToken) is not { } ended)
                {
                    continue;
                }

                attempts.Remove(ended);
                if (ended.IsCompletedSuccessfully)
                {
                    return await ended;
                }

                failure = ended.Exception?.InnerException ?? failure;
            }
        }
        finally
        {
            await losers.CancelAsync();
            foreach (var attempt in attempts)
            {
                _ = DropAsync(attempt);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw failure;
    }

    /// <summary>The resolver's order, the families alternating from its first.</summary>
    public static IEnumerable<IPAddress> Alternate(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToArray();
        var second = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToArray();
        for (var i = 0; i < Math.Max(first.Length, second.Length); i++)
        {
            foreach (var family in (IPAddress[][])[first, second])
            {
                if (i < family.Length)
                {
                    yield return family[i];
                }
            }
        }
    }

    /// <summary>Null when none has ended and it is time for the next address.</summary>
    private static async Task<Task<Socket>?> FirstEndedAsync(
        List<Task<Socket>> attempts, bool more, TimeProvider clock, CancellationToken cancellationToken)
    {
        var ended = Task.WhenAny(attempts);
        if (!more)
        {
            return await ended;
        }

        try
        {
            return await ended.WaitAsync(Delay, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task<Socket> AttemptAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes a connection that came too late to be used.</summary>
    private static async Task DropAsync(Task<Socket> attempt)
    {
        await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (attempt.IsCompletedSuccessfully)
        {
            (await attempt).Dispose();
        }
    }
}
