namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// Joins deltas that come too fast for the page, whose typewriter effect restarts with each one and falls seconds
/// behind at one delta each 10 ms. The first delta of a text is written at once, and so is one that comes at a reader's
/// pace; faster ones are joined and written at most <paramref name="interval"/> after the last write.
/// </summary>
internal sealed class DeltaGatherer(TimeSpan interval, TimeProvider clock) : IDisposable
{
    /// <summary>The page needs about two frames without a new delta to show a word.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(30);

    /// <summary>A burst is passed on in pieces of this many bytes.</summary>
    private const int MaxHeld = 16 * 1024;

    private readonly EventBuffer _held = new();
    private DeltaFrame? _frame;
    private long _came;
    private long _went;

    /// <summary>The text whose deltas are held back; null when there is none.</summary>
    public DeltaFrame? Frame => _held.Length > 0 ? _frame : null;

    public ReadOnlySpan<byte> Text => _held.Written.Span;

    /// <summary>How long the held text may still wait.</summary>
    public TimeSpan Left => interval - clock.GetElapsedTime(_went);

    /// <summary>Whether this delta has to wait for another text to be written first.</summary>
    public bool IsOther(DeltaFrame frame) => Frame is { } held && held != frame;

    /// <returns>Whether to write the delta, and what was held before it, now.</returns>
    public bool Add(DeltaFrame frame, ReadOnlySpan<byte> utf8)
    {
        var now = clock.GetTimestamp();
        var goes = frame != _frame
            || clock.GetElapsedTime(_came, now) >= Pace
            || clock.GetElapsedTime(_went, now) >= interval
            || _held.Length + utf8.Length >= MaxHeld;
        (_frame, _came) = (frame, now);
        System.Buffers.BuffersExtensions.Write(_held, utf8);
        return goes;
    }

    public void Went()
    {
        _held.Clear();
        _went = clock.GetTimestamp();
    }

    public void Dispose() => _held.Dispose();
}
