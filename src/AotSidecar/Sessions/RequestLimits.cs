using System.Threading.RateLimiting;

namespace AotSidecar.Sessions;

/// <summary>Per-minute limits that roll in steps of ten seconds. No timer runs: permits come back when the next request asks.</summary>
internal static class RequestLimits
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static RateLimiter PerMinute(int permits) => new SlidingWindowRateLimiter(new SlidingWindowRateLimiterOptions
    {
        PermitLimit = permits,
        Window = Window,
        SegmentsPerWindow = 6,
        QueueLimit = 0,
        AutoReplenishment = false,
    });

    /// <returns>Null when a permit was taken, else the seconds after which one may be free.</returns>
    public static int? Take(RateLimiter limiter)
    {
        (limiter as ReplenishingRateLimiter)?.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        if (lease.IsAcquired)
        {
            return null;
        }

        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
            ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            : (int)Window.TotalSeconds;
    }
}
