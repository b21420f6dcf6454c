namespace AotSidecar.Tests.Sessions;

/// <summary>A wall clock and a monotonic clock that can be moved apart, as a suspend or an administrator does.</summary>
internal sealed class TwoClocks : TimeProvider
{
    private long _monotonic;
    private long _wall = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _monotonic);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _wall), TimeSpan.Zero);

    public void Advance(TimeSpan time)
    {
        AdvanceMonotonic(time);
        AdvanceWall(time);
    }

    public void AdvanceMonotonic(TimeSpan time) => Interlocked.Add(ref _monotonic, time.Ticks);

    /// <param name="time">Negative for a set-back.</param>
    public void AdvanceWall(TimeSpan time) => Interlocked.Add(ref _wall, time.Ticks);
}
