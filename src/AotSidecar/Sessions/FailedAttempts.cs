using AotSidecar.Http;

namespace AotSidecar.Sessions;

/// <summary>
/// The budget of wrong credentials: 20 in any 60 seconds for the whole listener, since every caller has the same
/// address. It slows guessing down and never touches a request with a good credential.
/// </summary>
internal sealed class FailedAttempts(TimeProvider clock)
{
    private readonly RollingQuota _budget = new(20, clock);

    /// <summary>Counts a wrong credential.</summary>
    /// <returns>Null while within budget, else the seconds until it has room again.</returns>
    public int? Add() => _budget.Take();
}
