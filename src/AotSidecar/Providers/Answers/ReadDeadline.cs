using AotSidecar.Providers.Transport;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// Cancels reads that exceed the idle time or the turn's total. Runs only while a read waits, so a slow consumer does
/// not count and a fast stream pays nothing per event.
/// </summary>
internal sealed class ReadDeadline : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly UpstreamTimeouts _timeouts;
    private readonly CancellationTokenSource _expired;
    private readonly CancellationTokenSource _either;
    private readonly long _turnStarted;
    private long _lastProgress;
    private TimeSpan _idle;
    private bool _progressed;
    private long? _lastWords;

    /// <param name="turnStarted">When the turn's first attempt began.</param>
    /// <param name="firstEvent">How long the first event may take; later ones have the idle time.</param>
    public ReadDeadline(
        TimeProvider clock,
        UpstreamTimeouts timeouts,
        long turnStarted,
        TimeSpan firstEvent,
        CancellationToken cancellationToken)
    {
        (_clock, _timeouts, _turnStarted, _idle) = (clock, timeouts, turnStarted, firstEvent);
        _lastProgress = clock.GetTimestamp();
        _expired = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _expired.Token);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>An event arrived. The clock is read when the next read begins, outside the hot path.</summary>
    public void Progress() => _progressed = true;

    /// <summary>A read begins.</summary>
    /// <param name="lastWords">
    /// Time limit for what may follow a complete answer, from the first read with it; null while the answer is
    /// incomplete.
    /// </param>
    public void Arm(TimeSpan? lastWords)
    {
        var now = _clock.GetTimestamp();
        if (lastWords is { } grace)
        {
            // Further events do not extend it.
            _lastWords ??= now;
            var rest = grace - _clock.GetElapsedTime(_lastWords.Value, now);
            _expired.CancelAfter(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            return;
        }

        if (_progressed)
        {
            (_progressed, _lastProgress, _idle) = (false, now, _timeouts.Idle);
        }

        var idle = _idle - _clock.GetElapsedTime(_lastProgress, now);
        var total = _timeouts.Total - _clock.GetElapsedTime(_turnStarted, now);
        var left = idle < total ? idle : total;
        _expired.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Disarm() => _expired.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _expired.Dispose();
    }
}
