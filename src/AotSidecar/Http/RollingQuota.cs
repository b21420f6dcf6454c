namespace AotSidecar.Http;

/// <summary>
/// At most so many permits in any 60 seconds, counted exactly by keeping the time of each. Memory grows with the
/// permits taken in the last minute, not with the limit. The framework's sliding window replenishes one segment a
/// request, so after a pause it refuses what should be allowed.
/// </summary>
internal sealed class RollingQuota(int permits, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Queue<long> _taken = new();

    /// <returns>Null if a permit was taken, else the seconds until one is free.</returns>
    public int? Take() => Check(take: true);

    /// <summary>Like <see cref="Take"/>, but takes no permit.</summary>
    public int? Wait() => Check(take: false);

    private int? Check(bool take)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            while (_taken.TryPeek(out var oldest) && clock.GetElapsedTime(oldest, now) >= Window)
            {
                _taken.Dequeue();
            }

            if (_taken.Count >= permits)
            {
                return (int)Math.Ceiling((Window - clock.GetElapsedTime(_taken.Peek(), now)).TotalSeconds);
            }

            if (take)
            {
                _taken.Enqueue(now);
            }

            return null;
        }
    }
}
