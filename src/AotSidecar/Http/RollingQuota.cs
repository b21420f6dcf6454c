namespace AotSidecar.Http;

/// <summary>
/// So many in any 60 seconds, exactly: when each was taken is kept until it is a minute old. What it holds grows with what
/// was really taken in the last minute, not with what might be. The framework's sliding window forgets at most one step at
/// each request, so after a pause it goes on refusing what it has room for.
/// </summary>
internal sealed class RollingQuota(int permits, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Queue<long> _taken = new();

    /// <returns>Null when one was taken, else the seconds after which there is room.</returns>
    public int? Take() => Check(take: true);

    /// <summary>As <see cref="Take"/>, and takes none.</summary>
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
