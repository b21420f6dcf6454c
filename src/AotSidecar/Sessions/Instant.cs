namespace AotSidecar.Sessions;

/// <summary>
/// A moment on two clocks. As the end of a lifetime it has come when either clock says so: the monotonic clock may
/// stand still while the machine is suspended, and the wall clock may be set back; neither makes a lifetime longer.
/// </summary>
/// <param name="Timestamp">On the monotonic clock, as <see cref="TimeProvider.GetTimestamp"/> counts.</param>
/// <param name="Utc">On the wall clock.</param>
internal readonly record struct Instant(long Timestamp, DateTimeOffset Utc)
{
    public static Instant Now(TimeProvider clock) => new(clock.GetTimestamp(), clock.GetUtcNow());

    public static Instant After(TimeSpan lifetime, TimeProvider clock) => new(
        clock.GetTimestamp() + (long)(lifetime.TotalSeconds * clock.TimestampFrequency), clock.GetUtcNow() + lifetime);

    public bool HasCome(Instant now) => now.Timestamp >= Timestamp || now.Utc >= Utc;
}
