using AotSidecar.Http;

namespace AotSidecar.Sessions;

/// <summary>
/// Limits wrong credentials to 20 in any 60 seconds for the whole listener, since every caller has the same address.
/// Slows guessing down; requests with a good credential are never affected.
/// </summary>
internal sealed class FailedAttempts(TimeProvider clock)
{
    private readonly RollingQuota _budget = new(20, clock);

    /// <summary>Counts a wrong credential.</summary>
    /// <returns>Null within the limit, else the seconds to wait.</returns>
    public int? Add() => _budget.Take();
}
