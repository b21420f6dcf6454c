using AotSidecar.Providers.Transport;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// Ends reads that take too long: the time since the last event and the time of the whole turn. It runs only while a
/// read waits, so a slow consumer is never blamed on the provider and a fast stream pays nothing per event.
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

    /// <summary>An event came. Its time is taken when the next read begins, to keep the clock out of the hot path.</summary>
    public void Progress() => _progressed = true;

    /// <summary>A read begins.</summary>
    /// <param name="lastWords">How long what may still follow can take, from the first read with it; null while an answer is expected.</param>
    public void Arm(TimeSpan? lastWords)
    {
        var now = _clock.GetTimestamp();
        if (lastWords is { } grace)
        {
            // whatever comes now does not prolong it
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
