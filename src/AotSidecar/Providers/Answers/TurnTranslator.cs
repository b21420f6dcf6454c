using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Answers;

/// <summary>What a translator needs to know about its request.</summary>
internal sealed record AnswerContext(
    string Origin, IReadOnlySet<string> DeclaredTools, StreamLimits Limits, ILogger Logger)
{
    /// <summary>Types that have been logged; shared by all turns.</summary>
    public UnknownTypes Unknown { get; init; } = new();

    public static AnswerContext For(
        Provider provider, ModelRequest request, StreamLimits limits, UnknownTypes unknown, ILogger logger)
    {
        var declared = request.Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);
        return new(Requests.Origin.Of(provider, request.Model), declared, limits, logger)
        {
            Unknown = unknown,
        };
    }
}

/// <summary>
/// Turns one dialect's events into ours and keeps the promises of <see cref="ProviderEvent"/> whatever arrives. One
/// event that is not JSON is skipped, the second ends the turn.
/// </summary>
internal abstract class TurnTranslator(AnswerContext context)
{
    private bool _brokenOnce;

    public EventSink Sink { get; } = new();

    /// <summary>A failure that a more specific event may still follow, within a short grace period.</summary>
    public ProviderError? PendingError { get; protected set; }

    /// <summary>The provider's error behind the last failure.</summary>
    public ProviderError LastError { get; private set; } = ProviderError.Unknown;

    protected AnswerContext Context { get; } = context;

    public void Accept(ReadOnlySpan<byte> data)
    {
        if (Sink.Ended)
        {
            return;
        }

        if (IsDone(data))
        {
            AcceptDone();
        }
        else if (!TryTranslate(data) && !TryTranslateLines(data))
        {
            if (_brokenOnce)
            {
                Fail(UpstreamFailures.Garbled);
            }

            _brokenOnce = true;
        }
    }

    /// <summary>
    /// Takes an answer that came as one document because the server ignored <c>stream:true</c>, or its error.
    /// </summary>
    public void AcceptWhole(ReadOnlySpan<byte> body)
    {
        if (!JsonValue.TryParse(body, out var root))
        {
            Fail(UpstreamFailures.Garbled);
        }
        else if (root.IsArray || root["error"u8].IsPresent || root["base_resp"u8]["status_code"u8].Number is not (null or 0))
        {
            Fail(ProviderError.FromRoot(root));
        }
        else if (!TryTranslateWhole(root))
        {
            Fail(UpstreamFailures.BadResponse);
        }
    }

    /// <summary>The stream has ended.</summary>
    /// <param name="errorLine">The value of an <c>error:</c> line.</param>
    public void End(byte[]? errorLine)
    {
        if (Sink.Ended)
        {
            return;
        }

        if (PendingError is { } pending)
        {
            Fail(pending);
        }
        else if (errorLine is not null && !IsAnswered)
        {
            Fail(ProviderError.FromBody(errorLine));
        }
        else
        {
            AcceptEnd();
        }
    }

    /// <summary>The connection failed. Reported only if the stream gave no other failure.</summary>
    public void Break(UpstreamFailure failure)
    {
        if (IsAnswered || PendingError is not null)
        {
            End(errorLine: null);
        }
        else
        {
            Fail(failure);
        }
    }

    public void Fail(ProviderError error)
    {
        LastError = error;
        var failure = FailureClassifier.Classify(error, null);
        Fail(failure.Category == FailureCategory.Rate
            ? failure with { RetryAfter = ServerDelay.ForReader(ServerDelay.FromMessage(error.Message)) }
            : failure);
    }

    public void Fail(UpstreamFailure failure)
    {
        CloseOpen(incomplete: true);
        Sink.Add(new ProviderEvent.Failed(failure));
    }

    /// <summary>Whether the answer is complete although the stream has not ended.</summary>
    public abstract bool IsAnswered { get; }

    protected abstract bool TryTranslate(ReadOnlySpan<byte> data);

    protected abstract bool TryTranslateWhole(JsonValue root);

    protected abstract void AcceptDone();

    protected abstract void AcceptEnd();

    protected abstract void CloseOpen(bool incomplete);

    private static bool IsDone(ReadOnlySpan<byte> data) => data.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8);

    /// <summary>Some gateways omit the blank line between events, which joins their documents.</summary>
    private bool TryTranslateLines(ReadOnlySpan<byte> data)
    {
        if (data.IndexOf((byte)'\n') < 0)
        {
            return false;
        }

        foreach (var line in data.Split((byte)'\n'))
        {
            if (!IsDone(data[line]) && !JsonValue.TryParse(data[line], out _))
            {
                return false;
            }
        }

        foreach (var line in data.Split((byte)'\n'))
        {
            if (Sink.Ended)
            {
                break;
            }

            if (IsDone(data[line]))
            {
                AcceptDone();
            }
            else
            {
                TryTranslate(data[line]);
            }
        }

        return true;
    }
}
