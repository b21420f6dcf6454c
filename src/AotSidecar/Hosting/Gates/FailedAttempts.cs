namespace AotSidecar.Hosting;

/// <summary>
/// The budget of wrong credentials: 20 in any 60 seconds for the whole listener, since every caller has the same
/// address. It slows guessing down and never touches a request with a good credential.
/// </summary>
internal sealed class FailedAttempts(TimeProvider clock)
{
    private const int Budget = 20;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly long[] _times = new long[Budget];
    private long _count;

    /// <summary>Takes note of a wrong credential.</summary>
    /// <returns>Null while within budget, else the seconds until it has room again.</returns>
    public int? Add()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            ref var oldest = ref _times[_count % Budget];
            if (_count >= Budget && clock.GetElapsedTime(oldest, now) is var age && age < Window)
            {
                return (int)Math.Ceiling((Window - age).TotalSeconds);
            }

            oldest = now;
            _count++;
            return null;
        }
    }
}
