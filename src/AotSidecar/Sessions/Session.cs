using System.Security.Cryptography;
using System.Text.Json.Serialization;
using AotSidecar.Http;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>
/// One minted session. The key is usable while the session lives and while a request that began in its life still runs.
/// </summary>
#pragma warning disable CA1001 // a cancellation source without a timer has nothing to dispose, and streams use its token after the end
internal sealed class Session(
    ReadOnlyMemory<byte> digest, SessionGrant grant, Provider provider, Instant end, TimeProvider clock)
#pragma warning restore CA1001
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _revoked = new();
    private int _running;
    private int _streams;

    public SessionId Id { get; } = new(digest.Span);

    public SessionGrant Grant { get; } = grant;

    /// <summary>Where its model requests go, and with which key.</summary>
    public Provider Provider { get; } = provider;

    public Instant End { get; } = end;

    /// <summary>The session's own limit on requests.</summary>
    public RollingQuota Quota { get; } = new(grant.RequestsPerMinute, clock);

    public SessionStatus Status { get; private set; }

    public SessionState State => new(Grant, End.Utc, Status);

    /// <summary>Cancelled when the session is revoked. Expiry does not cancel: a running stream may finish.</summary>
    public CancellationToken Revoked => _revoked.Token;

    /// <summary>Compares all of a token's SHA-256; the id is only half of it.</summary>
    public bool HasDigest(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(other, digest.Span);

    /// <summary>Keeps the key usable until the lease is disposed.</summary>
    /// <returns>Null when the session has just ended and its key with it.</returns>
    public Lease? TryRun()
    {
        lock (_gate)
        {
            if (Status != SessionStatus.Active)
            {
                return null;
            }

            _running++;
        }

        return new Lease(this);
    }

    /// <summary>
    /// A second lease, for background work that outlives the request. Call it while the request has its own.
    /// </summary>
    public Lease Extend()
    {
        lock (_gate)
        {
            _running++;
        }

        return new Lease(this);
    }

    /// <summary>Counts a stream. False when the session has <paramref name="max"/> already.</summary>
    public bool TryBeginStream(int max)
    {
        lock (_gate)
        {
            if (_streams >= max)
            {
                return false;
            }

            _streams++;
            return true;
        }
    }

    public void EndStream()
    {
        lock (_gate)
        {
            _streams--;
        }
    }

    /// <summary>Zeroes the key when nothing uses it any more; a revocation also stops the session's streams.</summary>
    public void Close(SessionStatus status)
    {
        lock (_gate)
        {
            Status = status;
            ZeroWhenUnusedUnsynchronized();
        }

        if (status == SessionStatus.Cancelled)
        {
            _revoked.Cancel();
        }
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
            Provider.Key.Zero();
        }
    }

    internal readonly struct Lease(Session session) : IDisposable
    {
        public void Dispose() => session.Leave();
    }
}

[JsonConverter(typeof(JsonStringEnumConverter<SessionStatus>))]
internal enum SessionStatus
{
    [JsonStringEnumMemberName("active")]
    Active,

    [JsonStringEnumMemberName("expired")]
    Expired,

    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}
