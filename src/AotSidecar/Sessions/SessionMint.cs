using AotSidecar.Http;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>Turns a checked request into a session: the key is fetched from the host once, here, and never again.</summary>
internal sealed class SessionMint(
    SessionStore sessions, ISecretSource secrets, EndOfLife endOfLife, RequestCounters counters, TimeProvider clock,
    ILogger<SessionMint> logger)
{
    /// <summary>How often a key may change while it is being fetched before the mint gives up.</summary>
    private const int MaxChanges = 3;

    private readonly RollingQuota _httpQuota = new(60, clock);

    /// <summary>The keys being fetched right now, so the table stays as small as they are few.</summary>
    private readonly Dictionary<string, PendingKey> _pending = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>A session has been made. Handlers must neither wait nor throw.</summary>
    public event Action? Minted;

    /// <summary>The quota is a gate, so it is asked before a body is read; only a body that is in order counts.</summary>
    /// <exception cref="ProblemException">There were as many mints over HTTP in the last minute as may be.</exception>
    public void CheckHttpQuota()
    {
        if (_httpQuota.Wait() is { } wait)
        {
            throw Refused(Limited(wait));
        }
    }

    /// <param name="limited">Whether it counts against the quota of mints over HTTP.</param>
    /// <exception cref="ProblemException">With one of the codes of docs/contract.md#sessions.</exception>
    public async Task<(Session Session, string Token)> CreateAsync(
        SessionGrant grant, bool limited, CancellationToken cancellationToken)
    {
        if (limited && _httpQuota.Take() is { } wait)
        {
            throw Refused(Limited(wait));
        }

        var credential = await FetchAsync(grant, cancellationToken);
        if (sessions.TryCreate(grant, credential) is not { } minted)
        {
            credential.Key.Zero();
            throw Refused(new Problem(
                429, "too_many_sessions", "there are as many live sessions as --max-sessions allows; revoke one or wait",
                RetryAfter: sessions.SecondsUntilRoom()));
        }

        counters.Add("mints");
        Minted?.Invoke();
        return minted;
    }

    /// <summary>The key is another now: its sessions end, and what was being fetched for it is fetched again.</summary>
    public int KeyChanged(string secretKeyId)
    {
        lock (_gate)
        {
            if (_pending.TryGetValue(secretKeyId, out var pending))
            {
                pending.Changes++;
            }
        }

        secrets.Forget(secretKeyId);
        return sessions.RevokeKey(secretKeyId);
    }

    private static Problem Limited(int wait) =>
        new(429, "rate_limited", "too many sessions were asked for in a minute", RetryAfter: wait);

    private ProblemException Refused(Problem problem)
    {
        logger.MintRefused(problem.Code);
        return new ProblemException(problem);
    }

    private async Task<ProviderCredential> FetchAsync(SessionGrant grant, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxChanges; attempt++)
        {
            var before = Watch(grant.SecretKeyId);
            SecretLookup lookup;
            bool changed;
            try
            {
                lookup = await FindAsync(grant, cancellationToken);
            }
            finally
            {
                changed = Unwatch(grant.SecretKeyId) != before;
            }

            if (lookup is SecretLookup.Refused refused)
            {
                throw Refused(ToProblem(refused.Reason));
            }

            if (!changed)
            {
                return ((SecretLookup.Found)lookup).Credential;
            }
        }

        throw Refused(ToProblem(SecretRefusal.HostError));
    }

    /// <summary>The end of the process does not wait for a question to the user, which may take longer than it has. The bridge's own end answers it.</summary>
    private async Task<SecretLookup> FindAsync(SessionGrant grant, CancellationToken cancellationToken)
    {
        var found = secrets.FindAsync(new SecretName(grant.SecretKeyId, grant.Environment), cancellationToken);
        await Task.WhenAny(found, endOfLife.Requested);
        return found.IsCompleted || await endOfLife.Requested is EndReason.BridgeClosed or EndReason.BridgeBroken
            ? await found
            : new SecretLookup.Refused(SecretRefusal.Unavailable);
    }

    private long Watch(string keyId)
    {
        lock (_gate)
        {
            if (!_pending.TryGetValue(keyId, out var pending))
            {
                _pending[keyId] = pending = new PendingKey();
            }

            pending.Watchers++;
            return pending.Changes;
        }
    }

    private long Unwatch(string keyId)
    {
        lock (_gate)
        {
            var pending = _pending[keyId];
            if (--pending.Watchers == 0)
            {
                _pending.Remove(keyId);
            }

            return pending.Changes;
        }
    }

    private sealed class PendingKey
    {
        public int Watchers { get; set; }

        public long Changes { get; set; }
    }

    private static Problem ToProblem(SecretRefusal reason) => reason switch
    {
        SecretRefusal.NotFound => new(404, "secret_not_found", "the editor has no key under this id; set it in the extension"),
        SecretRefusal.Denied => new(403, "secret_denied", "the user did not allow the use of this key"),
        SecretRefusal.Locked => new(403, "secret_locked", "the editor's secret storage is locked; unlock it and try again"),
        SecretRefusal.InvalidBaseUrl => new(
            502,
            "invalid_base_url",
            "the base URL of this key is not allowed: it must be https, or http on this machine, without credentials or a query"),
        SecretRefusal.Invalid => new(502, "invalid_secret", "the editor's answer holds no usable key; set the key again"),
        SecretRefusal.Incompatible => new(502, "bridge_incompatible", "the extension does not offer secrets/get; update it"),
        SecretRefusal.ProtocolError => new(502, "bridge_protocol_error", "the extension's answer was not JSON-RPC"),
        SecretRefusal.Cancelled => new(409, "request_cancelled", "the extension cancelled the request for the key"),
        SecretRefusal.TimedOut => new(504, "bridge_timeout", "the extension did not answer in time; is a question waiting in the editor?"),
        SecretRefusal.Unavailable => new(503, "bridge_unavailable", "the extension is not connected"),
        _ => new(502, "bridge_error", "the extension failed to give the key"),
    };
}
