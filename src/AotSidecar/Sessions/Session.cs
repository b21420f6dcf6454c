using System.Security.Cryptography;
using System.Threading.RateLimiting;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>One minted session. The key is reachable while the session lives and while a stream that began in its life still runs.</summary>
internal sealed class Session
{
    private readonly byte[] _digestTail;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _revoked;
    private RateLimiter? _limiter;
    private int _running;
    private int _streams;

    public Session(ReadOnlySpan<byte> digest, SessionGrant grant, ProviderCredential credential, DateTimeOffset createdAt)
    {
        Id = new SessionId(digest);
        _digestTail = digest[SessionId.Size..].ToArray();
        (Grant, Credential, CreatedAt) = (grant, credential, createdAt);
    }

    public SessionId Id { get; }

    public SessionGrant Grant { get; }

    public ProviderCredential Credential { get; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset ExpiresAt => CreatedAt + Grant.Lifetime;

    public SessionStatus Status { get; private set; }

    /// <summary>Fires when the session is revoked, not when it expires: a running stream may finish then.</summary>
    public CancellationToken Revoked
    {
        get
        {
            lock (_gate)
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
    public int? TakePermit()
    {
        lock (_gate)
        {
            _limiter ??= RequestLimits.PerMinute(Grant.RequestsPerMinute);
            return RequestLimits.Take(_limiter);
        }
    }

    /// <summary>Keeps the key usable until the lease is disposed.</summary>
    public Lease Run()
    {
        lock (_gate)
        {
            _running++;
        }

        return new Lease(this);
    }

    /// <summary>Takes one of the session's places for streams.</summary>
    public bool TryBeginStream(int max)
    {
        lock (_gate)
        {
            return _streams < max && ++_streams > 0;
        }
    }

    public void EndStream()
    {
        lock (_gate)
        {
            _streams--;
        }
    }

    /// <summary>Ends the session: its streams are told when it was revoked, and its key is zeroed when nothing uses it any more.</summary>
    public void End(SessionStatus status)
    {
        CancellationTokenSource? revoked;
        lock (_gate)
        {
            Status = status;
            revoked = status == SessionStatus.Cancelled ? _revoked : null;
            ZeroWhenUnusedUnsynchronized();
        }

        revoked?.Cancel();
    }

    private void Leave()
    {
        lock (_gate)
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
            _limiter?.Dispose();
        }
    }

    internal readonly struct Lease(Session session) : IDisposable
    {
        public void Dispose() => session.Leave();
    }
}

internal enum SessionStatus
{
    Active,
    Expired,
    Cancelled,
}
