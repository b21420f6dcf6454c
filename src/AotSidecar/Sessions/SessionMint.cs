using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>Turns a checked request into a session. The key is fetched from the host here, once.</summary>
internal sealed class SessionMint(
    SessionStore sessions, ISecretSource secrets, EndOfLife endOfLife, RequestCounters counters, TimeProvider clock,
    ILogger<SessionMint> logger)
{
    /// <summary>How many times the key may change during the fetch before the mint gives up.</summary>
    private const int MaxChanges = 3;

    private readonly RollingQuota _httpQuota = new(60, clock);

    /// <summary>Raised after each mint. Handlers must neither block nor throw.</summary>
    public event Action? Minted;

    /// <summary>
    /// Checked before the body is read, like any gate. Only a valid body then counts against the quota.
    /// </summary>
    /// <exception cref="FailureException">429: the quota of mints over HTTP is used up.</exception>
    public void CheckHttpQuota() => Refuse(_httpQuota.Wait());

    /// <param name="limited">Whether it counts against the quota of mints over HTTP.</param>
    /// <exception cref="FailureException">With a secret, bridge or limit code.</exception>
    public async Task<(Session Session, string Token)> CreateAsync(
        SessionGrant grant, bool limited, CancellationToken cancellationToken)
    {
        if (limited)
        {
            Refuse(_httpQuota.Take());
        }

        try
        {
            var minted = await FetchAndStoreAsync(grant, cancellationToken);
            counters.Add("mints");
            Minted?.Invoke();
            return minted;
        }
        catch (FailureException e)
        {
            logger.MintRefused(e.Failure.Code);
            throw;
        }
    }

    /// <summary>
    /// Ends every session of a key that has changed, and makes mints that are waiting for it fetch it again.
    /// </summary>
    /// <returns>How many sessions ended.</returns>
    public int KeyChanged(string secretKeyId)
    {
        secrets.KeyChanged(secretKeyId);
        return sessions.RevokeKey(secretKeyId);
    }

    private async Task<(Session Session, string Token)> FetchAndStoreAsync(SessionGrant grant, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxChanges; attempt++)
        {
            var version = secrets.Version(grant.SecretKeyId);
            var provider = await FetchAsync(grant, cancellationToken);
            if (sessions.TryCreate(grant, provider) is not { } minted)
            {
                provider.Key.Zero();
                throw new FailureException(new Failure(
                    429, "too_many_sessions", "there are as many live sessions as --max-sessions allows; revoke one or wait",
                    RetryAfter: TimeSpan.FromSeconds(sessions.SecondsUntilRoom())));
            }

            // Compared after the session is stored: a change before that cannot have revoked it, a later one has.
            if (secrets.Version(grant.SecretKeyId) == version)
            {
                return minted;
            }

            sessions.Revoke(minted.Session.Id);
        }

        throw new FailureException(Failure.BridgeError);
    }

    /// <summary>
    /// Gives up when the process is asked to end, because the host may be waiting for the user. If it is the bridge
    /// that ended, the call fails by itself, with a better reason.
    /// </summary>
    private async Task<Provider> FetchAsync(SessionGrant grant, CancellationToken cancellationToken)
    {
        var found = secrets.FindAsync(new SecretName(grant.SecretKeyId, grant.Environment), cancellationToken);
        await Task.WhenAny(found, endOfLife.Requested);
        return found.IsCompleted || await endOfLife.Requested is EndReason.BridgeClosed or EndReason.BridgeBroken
            ? await found
            : throw new FailureException(Failure.BridgeUnavailable);
    }

    /// <param name="wait">Seconds until there is room; null when there is.</param>
    private void Refuse(int? wait)
    {
        if (wait is { } seconds)
        {
            logger.MintRefused("rate_limited");
            throw new FailureException(Failure.RateLimited("too many sessions were asked for in a minute", seconds));
        }
    }
}
