using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AotSidecar.Http;

/// <summary>
/// One connection of the <see cref="ConnectionTable"/>: a stranger until a good credential came over it.
/// </summary>
internal sealed class ClientConnection
{
    private readonly ConnectionContext _connection;
    private readonly ConnectionTable _table;
    private readonly TimeProvider _clock;
    private long _idleSince;
    private long _waitsSince;
    private int _queued;
    private volatile bool _busy;
    private volatile bool _trusted;

    public ClientConnection(ConnectionContext connection, ConnectionTable table, TimeProvider clock)
    {
        _connection = connection;
        _table = table;
        _clock = clock;
        _idleSince = clock.GetTimestamp();
        Place = new LinkedListNode<ClientConnection>(this);
        connection.Transport = new Duplex(connection.Transport.Input, new WatchedOutput(connection.Transport.Output, this));
    }

    /// <summary>Its place in the table; changed only under the table's lock.</summary>
    public LinkedListNode<ClientConnection> Place { get; }

    public bool Trusted => _trusted;

    public bool IsBusy => _busy;

    /// <summary>Time without a request; zero while one is being read or answered.</summary>
    public TimeSpan IdleTime => _busy ? TimeSpan.Zero : _clock.GetElapsedTime(Volatile.Read(ref _idleSince));

    /// <summary>A write waits for the client.</summary>
    public bool IsWaiting => Volatile.Read(ref _waitsSince) != 0;

    /// <summary>A good credential came over it.</summary>
    /// <returns>False when all trusted places are taken by busy connections.</returns>
    public bool TryTrust() => _trusted || (_trusted = _table.TryTrust(this));

    /// <summary>A request begins. The server enforces the time limits of its head and body.</summary>
    public void Begin() => _busy = true;

    public void End()
    {
        Volatile.Write(ref _idleSince, _clock.GetTimestamp());
        _busy = false;
    }

    /// <summary>A write waits until the client has read some of the writes before it.</summary>
    public void BeginWait()
    {
        Volatile.Write(ref _waitsSince, _clock.GetTimestamp() | 1);
        _table.Watch();
    }

    public void EndWait() => Volatile.Write(ref _waitsSince, 0);

    /// <summary>
    /// Whether the client has read none of its pending bytes for this long. For one caller, which polls.
    /// </summary>
    public bool IsStuck(TimeSpan limit)
    {
        var since = Volatile.Read(ref _waitsSince);
        if (since == 0)
        {
            return false;
        }

        var queued = SendQueue.Length(_connection.Features.Get<IConnectionSocketFeature>()?.Socket);
        if (queued != _queued)
        {
            // Unless the wait has ended meanwhile.
            _queued = queued;
            Interlocked.CompareExchange(ref _waitsSince, _clock.GetTimestamp() | 1, since);
            return false;
        }

        return _clock.GetElapsedTime(since) >= limit;
    }

    /// <summary>Waits for the first byte without consuming it: a silent connection costs no request parser.</summary>
    /// <returns>False when the connection, or the server, ended first.</returns>
    public async Task<bool> SpeaksAsync()
    {
        var stopping = _connection.Features.Get<IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested;
        try
        {
            var read = await _connection.Transport.Input.ReadAsync(stopping);
            _connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            Begin();
            return !read.Buffer.IsEmpty;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    public void Close(string reason) => _connection.Abort(new ConnectionAbortedException(reason));

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
