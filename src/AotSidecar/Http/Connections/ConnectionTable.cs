using Microsoft.AspNetCore.Connections;

namespace AotSidecar.Http;

/// <summary>
/// Every open connection. Any process of the machine and any web page can open connections, so one is a stranger until
/// a good credential came over it. Strangers and trusted connections have separate places: however many strangers come,
/// they displace only each other, oldest first, and a client with a credential needs a stranger's place for one request
/// only.
/// </summary>
internal sealed class ConnectionTable(TimeProvider clock) : IDisposable
{
    /// <summary>This many others must connect before a connection's first request is read to displace it.</summary>
    public const int MaxStrangers = 512;

    public const int MaxTrusted = 128;

    /// <summary>Browsers connect ahead of need, so some idleness is normal before the first request.</summary>
    private static readonly TimeSpan StrangerIdleTime = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A page that reads nothing for this long is gone or hostile, and keeps a provider's stream open.
    /// </summary>
    private static readonly TimeSpan UnreadTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly LinkedList<ClientConnection> _strangers = new();
    private readonly LinkedList<ClientConnection> _trusted = new();
    private ITimer? _sweep;

    /// <summary>The outermost connection middleware.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var client = new ClientConnection(connection, this, clock);
        Enter(client);
        try
        {
            if (await client.SpeaksAsync())
            {
                connection.Features.Set(client);
                await next(connection);
            }
        }
        finally
        {
            Leave(client);
        }
    }

    /// <summary>
    /// Gives a stranger a trusted place; when all are taken, that of a connection without a running request.
    /// </summary>
    public bool TryTrust(ClientConnection client)
    {
        ClientConnection? idle = null;
        lock (_gate)
        {
            if (_trusted.Count >= MaxTrusted)
            {
                idle = _trusted.FirstOrDefault(static trusted => !trusted.IsBusy);
                if (idle is null)
                {
                    return false;
                }

                _trusted.Remove(idle.Place);
            }

            client.Place.List?.Remove(client.Place);
            _trusted.AddLast(client.Place);
        }

        idle?.Close("makes room for a connection with work to do");
        return true;
    }

    /// <summary>A write waits for the connection's client.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            StartTimer();
        }
    }

    public void Dispose() => _sweep?.Dispose();

    private void Enter(ClientConnection client)
    {
        ClientConnection? oldest = null;
        lock (_gate)
        {
            if (_strangers.Count >= MaxStrangers)
            {
                oldest = _strangers.First!.Value;
                _strangers.RemoveFirst();
            }

            _strangers.AddLast(client.Place);
            StartTimer();
        }

        oldest?.Close("makes room for a newer connection");
    }

    private void Leave(ClientConnection client)
    {
        lock (_gate)
        {
            client.Place.List?.Remove(client.Place);
        }
    }

    private void StartTimer() =>
        _sweep ??= clock.CreateTimer(static table => ((ConnectionTable)table!).Sweep(), this, StrangerIdleTime, SweepPeriod);

    /// <summary>
    /// Closes idle strangers and clients that do not read. The timer runs only while there are some to look at, so that
    /// an idle process is never woken.
    /// </summary>
    private void Sweep()
    {
        List<ClientConnection> idle;
        List<ClientConnection> stuck;
        lock (_gate)
        {
            idle = [.. _strangers.Where(static stranger => stranger.IdleTime >= StrangerIdleTime)];
            stuck = [.. _strangers.Concat(_trusted).Where(static client => client.IsStuck(UnreadTime))];
            if (_strangers.Count == 0 && !_trusted.Any(static client => client.IsWaiting))
            {
                _sweep?.Dispose();
                _sweep = null;
            }
        }

        idle.ForEach(static stranger => stranger.Close("idle without a credential"));
        stuck.ForEach(static client => client.Close("reads nothing"));
    }
}
