using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using AotSidecar.Hosting;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>One minted session. The key is reachable while the session lives and while a stream that began in its life still runs.</summary>
/// <remarks>Kept small, for most sessions of a long-lived process are idle: what only a used one needs is made when it is used.</remarks>
internal sealed class Session : ExpiringDictionary<SessionId, Session>.Entry
{
    private const int GateCount = 16;

    /// <summary>A lock for each session would weigh a third of it. What is done under one is short, so sessions share a few.</summary>
    private static readonly Lock[] Gates = [.. Enumerable.Range(0, GateCount).Select(static _ => new Lock())];

    private readonly DigestTail _digestTail;
    private CancellationTokenSource? _revoked;
    private RollingQuota? _quota;
    private short _running;
    private short _streams;

    public Session(ReadOnlySpan<byte> digest, SessionGrant grant, ProviderCredential credential)
        : base(new SessionId(digest))
    {
        digest[SessionId.Size..].CopyTo(_digestTail);
        (Grant, Credential) = (grant, credential);
    }

    public SessionId Id => Key;

    public SessionGrant Grant { get; }

    public ProviderCredential Credential { get; }

    public SessionStatus Status { get; private set; }

    /// <summary>Fires when the session is revoked, not when it expires: a running stream may finish then.</summary>
    public CancellationToken Revoked
    {
        get
        {
            lock (Gate)
            {
                _revoked ??= new CancellationTokenSource();
                if (Status == SessionStatus.Cancelled)
                {
                    _revoked.Cancel();
                }

                return _revoked.Token;
            }
        }
    }

    public bool HasDigest(ReadOnlySpan<byte> digest) =>
        CryptographicOperations.FixedTimeEquals(digest[SessionId.Size..], _digestTail);

    /// <summary>Counts one request against the session's quota.</summary>
    /// <returns>Null when within quota, else the seconds to wait.</returns>
    public int? TakePermit(TimeProvider clock)
    {
        lock (Gate)
        {
            _quota ??= new RollingQuota(Grant.RequestsPerMinute, clock);
            return _quota.Take();
        }
    }

    /// <summary>Keeps the key usable until the lease is disposed.</summary>
    /// <returns>Null when the session has just ended and its key with it.</returns>
    public Lease? TryRun()
    {
        lock (Gate)
        {
            if (Status != SessionStatus.Active)
            {
                return null;
            }

            _running++;
        }

        return new Lease(this);
    }

    /// <summary>One more lease, for work that a request leaves behind while it still has its own.</summary>
    public Lease Extend()
    {
        lock (Gate)
        {
            _running++;
        }

        return new Lease(this);
    }

    /// <summary>Takes one of the session's places for streams.</summary>
    public bool TryBeginStream(int max)
    {
        lock (Gate)
        {
            return _streams < max && ++_streams > 0;
        }
    }

    public void EndStream()
    {
        lock (Gate)
        {
            _streams--;
        }
    }

    /// <summary>Ends the session: its streams are told when it was revoked, and its key is zeroed when nothing uses it any more.</summary>
    public void End(SessionStatus status)
    {
        CancellationTokenSource? revoked;
        lock (Gate)
        {
            Status = status;
            revoked = status == SessionStatus.Cancelled ? _revoked : null;
            ZeroWhenUnusedUnsynchronized();
        }

        revoked?.Cancel();
    }

    private Lock Gate => Gates[Key.GetHashCode() & (GateCount - 1)];

    private void Leave()
    {
        lock (Gate)
        {
            _running--;
            ZeroWhenUnusedUnsynchronized();
        }
    }

    private void ZeroWhenUnusedUnsynchronized()
    {
        if (_running == 0 && Status != SessionStatus.Active)
        {
            Credential.Key.Zero();
        }
    }

    /// <summary>The half of the token's digest that is not in its id.</summary>
    [InlineArray(SessionId.Size)]
    private struct DigestTail
    {
        private byte _first;
    }

    internal readonly struct Lease(Session session) : IDisposable
    {
        public void Dispose() => session.Leave();
    }
}

internal enum SessionStatus : byte
{
    Active,
    Expired,
    Cancelled,
}
