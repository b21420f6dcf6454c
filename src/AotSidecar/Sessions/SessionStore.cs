using AotSidecar.Crypto;
using AotSidecar.Http;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>
/// The sessions of this process and the policy around them. Live sessions hold a key. Ended ones are remembered for a
/// while without it, so that a late request gets <c>session_expired</c> and a second revocation is no error.
/// </summary>
internal sealed class SessionStore : IDisposable
{
    /// <summary>A key is dropped within a second of its session's end.</summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How long ended sessions are remembered: longer than any page keeps a dead token.</summary>
    private static readonly TimeSpan EndedLifetime = TimeSpan.FromMinutes(10);

    private readonly ExpiringDictionary<SessionId, Session> _live;
    private readonly ExpiringDictionary<SessionId, SessionState> _ended;
    private readonly AccessList _access;
    private readonly TimeProvider _clock;
    private readonly ILogger<SessionStore> _logger;
    private readonly Lock _sweepGate = new();
    private ITimer? _sweeper;

    public SessionStore(SessionLimits options, AccessList access, TimeProvider clock, ILogger<SessionStore> logger)
    {
        (_access, _clock, _logger) = (access, clock, logger);
        _live = new(options.MaxSessions, clock, OnExpired);
        _ended = new(Math.Max(1024, options.MaxSessions), clock);
    }

    public int Count => _live.Count;

    /// <summary>Stores a session under a new token; null at <c>--max-sessions</c>.</summary>
    public (Session Session, string Token)? TryCreate(SessionGrant grant, Provider provider)
    {
        var token = SessionToken.Create();
        var digest = new byte[Sha256.Size];
        SessionToken.TryDigest(token, digest);
        var session = new Session(digest, grant, provider, Instant.After(grant.Lifetime, _clock), _clock);
        if (!_live.TryAdd(session.Id, session, session.End))
        {
            return null;
        }

        if (grant.Origin is { } origin)
        {
            _access.Bind(origin);
        }

        StartSweeping();

        _logger.SessionMinted(session.Id.Short, (int)grant.Lifetime.TotalSeconds, _live.Count);
        return (session, token);
    }

    /// <summary>Finds the live session of a token, or says that the token's session has expired.</summary>
    public TokenLookup Find(ReadOnlySpan<char> token, out Session? session)
    {
        Span<byte> digest = stackalloc byte[Sha256.Size];
        session = null;
        if (!SessionToken.TryDigest(token, digest))
        {
            return TokenLookup.Unknown;
        }

        var id = new SessionId(digest);
        if (_live.TryGet(id, out session) && session.HasDigest(digest))
        {
            return TokenLookup.Live;
        }

        session = null;
        return FindEnded(id)?.Status == SessionStatus.Expired ? TokenLookup.Expired : TokenLookup.Unknown;
    }

    public Session? Find(SessionId id) => _live.TryGet(id, out var session) ? session : null;

    public SessionState? FindEnded(SessionId id) => _ended.TryGet(id, out var ended) ? ended : null;

    /// <summary>Ends a session and its running streams. False when it is not live.</summary>
    public bool Revoke(SessionId id)
    {
        if (!_live.TryRemove(id, out var session))
        {
            return false;
        }

        Close(session, SessionStatus.Cancelled);
        return true;
    }

    /// <summary>Revokes every session of a key.</summary>
    /// <returns>How many there were.</returns>
    public int RevokeKey(string secretKeyId) =>
        _live.Snapshot().Count(session => session.Grant.SecretKeyId == secretKeyId && Revoke(session.Id));

    /// <summary>Seconds until the first live session ends, at least 1: what a refused caller is told to wait.</summary>
    public int SecondsUntilRoom()
    {
        var sessions = _live.Snapshot();
        return sessions.Count == 0
            ? 1
            : Math.Max(1, (int)Math.Ceiling((sessions.Min(static session => session.End.Utc) - _clock.GetUtcNow()).TotalSeconds));
    }

    public void Dispose() => _sweeper?.Dispose();

    /// <summary>The timer runs only while there is something to sweep, so an idle process is never woken.</summary>
    private void StartSweeping()
    {
        lock (_sweepGate)
        {
            _sweeper ??= _clock.CreateTimer(static store => ((SessionStore)store!).Sweep(), this, SweepPeriod, SweepPeriod);
        }
    }

    private void Sweep()
    {
        _live.Sweep();
        _ended.Sweep();
        lock (_sweepGate)
        {
            if (_live.Count == 0 && _ended.Count == 0)
            {
                _sweeper?.Dispose();
                _sweeper = null;
            }
        }
    }

    private void OnExpired(Session session)
    {
        _logger.SessionExpired(session.Id.Short);
        Close(session, SessionStatus.Expired);
    }

    private void Close(Session session, SessionStatus status)
    {
        _ended.TryAdd(session.Id, session.State with { Status = status }, EndedLifetime);
        if (session.Grant.Origin is { } origin)
        {
            _access.Unbind(origin);
        }

        session.Close(status);
    }
}

internal enum TokenLookup
{
    Live,
    Expired,
    Unknown,
}
