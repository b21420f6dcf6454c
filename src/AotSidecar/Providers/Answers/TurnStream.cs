using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// Reads one reply as events. The next event completes synchronously while bytes are buffered; callers flush when it
/// does not.
/// </summary>
internal sealed class TurnStream(
    Stream body,
    TurnTranslator translator,
    ReadDeadline deadline,
    UpstreamTimeouts timeouts,
    StreamLimits limits,
    CancellationToken cancellationToken) : IDisposable
{
    /// <summary>Some proxies send blank lines as keep-alive before an answer; bounds them.</summary>
    private const int MaxBlank = 4 << 10;

    private readonly ServerSentEventReader _reader = new(body, limits);

    /// <summary>The next event, or null after the last. Failures are events; only cancellation throws.</summary>
    public ValueTask<ProviderEvent?> NextAsync() => TryAdvance(out var next) ? new(next) : WaitAsync();

    /// <summary>Reads the reply of a server that does not stream.</summary>
    public async ValueTask ReadWholeAsync()
    {
        while (!translator.Sink.Ended && await FillAsync())
        {
            if (_reader.Unread.Length > limits.WholeReply)
            {
                translator.Fail(UpstreamFailures.TooLarge);
            }
        }

        if (!translator.Sink.Ended)
        {
            translator.AcceptWhole(_reader.Unread);
        }
    }

    /// <summary>Tells from its first character what a reply is, because many servers say what it is not.</summary>
    /// <param name="otherwise">
    /// What a reply is that begins as neither a document nor a stream; null if it is a stream nevertheless.
    /// </param>
    public async ValueTask GuessAsync(UpstreamFailure? otherwise)
    {
        while (IsBlank() && !translator.Sink.Ended && await FillAsync())
        {
            if (_reader.Unread.Length > MaxBlank && IsBlank())
            {
                translator.Fail(UpstreamFailures.Garbled);
            }
        }

        switch (_reader.Unread.Trim(" \t\r\n"u8))
        {
            case [(byte)'{' or (byte)'[', ..]:
                await ReadWholeAsync();
                break;
            case [] or [(byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':' or 0xEF, ..]:
                break;
            default:
                if (otherwise is not null)
                {
                    translator.Fail(otherwise);
                }

                break;
        }
    }

    public void Dispose() => _reader.Dispose();

    private bool IsBlank() => _reader.Unread.Trim(" \t\r\n"u8).IsEmpty;

    private bool TryAdvance(out ProviderEvent? next)
    {
        if (translator.Sink.TryTake(out next))
        {
            return true;
        }

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            while (!translator.Sink.Ended && _reader.TryRead(out var data))
            {
                deadline.Progress();
                translator.Accept(data.Span);
                if (translator.Sink.TryTake(out next))
                {
                    return true;
                }
            }
        }
        catch (UpstreamException e)
        {
            translator.Fail(e.Failure);
        }

        return translator.Sink.TryTake(out next);
    }

    private async ValueTask<ProviderEvent?> WaitAsync()
    {
        while (!translator.Sink.Ended)
        {
            var more = await FillAsync();
            if (TryAdvance(out var next))
            {
                return next;
            }

            if (!more)
            {
                translator.End(_reader.ErrorLine);
                return TryAdvance(out next) ? next : null;
            }
        }

        return null;
    }

    private async ValueTask<bool> FillAsync()
    {
        deadline.Arm(translator.PendingError is not null ? timeouts.ErrorGrace : translator.IsAnswered ? timeouts.FinishGrace : null);
        try
        {
            return await _reader.FillAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            translator.Break(UpstreamFailures.TimedOut);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            // Cancellation closes the connection; report it as cancellation, not as a failure.
            cancellationToken.ThrowIfCancellationRequested();
            translator.Break(UpstreamFailures.Cut);
        }
        catch (UpstreamException e)
        {
            translator.Fail(e.Failure);
        }
        finally
        {
            deadline.Disarm();
        }

        return true;
    }
}
