namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// At most one event that waits for its time. Used by the stream's writer alone, so it takes no lock.
/// </summary>
internal sealed class HeldWrite(TimeProvider clock, CancellationToken aborted)
{
    private Action? _write;
    private long _since;
    private TimeSpan _time;
    private Task? _due;

    public bool IsWaiting => _write is not null;

    public bool Is(Action write) => _write == write;

    /// <summary>Holds an event, unless it is being held already; any other is written first.</summary>
    public void Hold(Action write, TimeSpan time)
    {
        if (_write != write)
        {
            Write();
            (_write, _since, _time) = (write, clock.GetTimestamp(), time);
        }
    }

    /// <summary>Writes the event now, if there is one.</summary>
    public void Write()
    {
        if (_write is { } write)
        {
            Drop();
            write();
        }
    }

    public void Drop() => (_write, _due) = (null, null);

    /// <summary>Ends when the event's time is over, or faults when the reader is gone.</summary>
    public Task WhenDueAsync() => _due ??= DelayAsync();

    private Task DelayAsync()
    {
        var left = _time - clock.GetElapsedTime(_since);
        return left > TimeSpan.Zero ? Task.Delay(left, clock, aborted) : Task.CompletedTask;
    }
}
