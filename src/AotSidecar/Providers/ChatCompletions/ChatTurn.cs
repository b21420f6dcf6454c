using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Translates the chunks of a Chat Completions stream, which has no items: reasoning, the message and each call get an
/// index in order of appearance. The answer is over at <c>[DONE]</c> or at the end of the stream, not at
/// <c>finish_reason</c>, since late text and the usage follow it. What was received decides the outcome: some providers
/// say <c>stop</c> after a tool call.
/// </summary>
internal sealed class ChatTurn : TurnTranslator
{
    private readonly ChatCalls _calls;
    private readonly ChatAnswer _answer;
    private readonly ChatMessage _message;
    private readonly DeltaShape _deltas = new();
    private int _nextIndex;
    private string? _finishReason;
    private TokenUsage? _usage;
    private bool _started;
    private bool _said;
    private bool _doneWithoutAnswer;

    public ChatTurn(AnswerContext context)
        : base(context)
    {
        _calls = new ChatCalls(context, Sink, () => _nextIndex++);
        _answer = new ChatAnswer(context, Sink, () => _nextIndex++);
        _message = new ChatMessage(_answer, Sink, () => _nextIndex++);
    }

    public override bool IsAnswered => _finishReason is not null;

    protected override bool TryTranslate(ReadOnlySpan<byte> data)
    {
        if (_deltas.TryRead(data, out var text, out _))
        {
            if (text.HasText)
            {
                _said = true;
                _answer.AddText(text);
            }

            return true;
        }

        if (!ChatChunk.TryRead(data, out var chunk))
        {
            return false;
        }

        if (chunk.Error.IsPresent)
        {
            Fail(ProviderError.FromError(chunk.Error));
        }
        else
        {
            Apply(chunk);
            if (chunk.IsPlainText)
            {
                _deltas.Learn(data, chunk.Content, chunk.Padding, number: default);
            }
        }

        return true;
    }

    protected override bool TryTranslateWhole(JsonValue root)
    {
        if (!ChatChunk.TryRead(root.Raw, out var chunk) || !root["choices"u8].IsArray)
        {
            return false;
        }

        Apply(chunk);
        Finish();
        return true;
    }

    protected override void AcceptDone()
    {
        _answer.EndTags();
        if (_finishReason is null && !_calls.AreWhole)
        {
            Fail(UpstreamFailures.Cut);
        }
        else if (_finishReason is not null || _answer.HasMessage || _calls.Count > 0)
        {
            Finish();
        }
        else
        {
            // An <c>error:</c> line, if there was one, says more.
            _doneWithoutAnswer = true;
        }
    }

    protected override void AcceptEnd()
    {
        // The usage comes last; some servers send it instead of a finish reason.
        if (_finishReason is not null || (_usage is not null && _calls.AreWhole && (_answer.IsShown || _calls.Count > 0)))
        {
            Finish();
        }
        else
        {
            Fail(_started && !_doneWithoutAnswer ? UpstreamFailures.Cut : UpstreamFailures.Garbled);
        }
    }

    protected override void CloseOpen(bool incomplete) => _answer.Close(incomplete);

    private void Apply(ChatChunk chunk)
    {
        if (!_started)
        {
            _started = true;
            Sink.Add(new ProviderEvent.TurnStarted(chunk.Id.TextOrNullIfEmpty, chunk.Model.TextOrNullIfEmpty));
        }

        // A complete message after deltas adds only what they left out.
        var repeats = chunk.IsWhole && _said;
        if (!repeats)
        {
            _said |= chunk.Content.IsPresent || chunk.Reasoning.HasText || chunk.Images.IsPresent;
            _message.Add(chunk);
        }
        else if (chunk.Content.HasText)
        {
            _answer.CompleteText(chunk.Content);
        }

        foreach (var annotation in chunk.Annotations.Elements)
        {
            _answer.Annotate(annotation);
        }

        if (!repeats)
        {
            _calls.AddDetails(chunk.ReasoningDetails);
        }

        _calls.AddOthers(chunk.OtherToolCalls, chunk.IsWhole);

        if (_calls.Add(chunk.ToolCalls, chunk.FunctionCall, chunk.IsWhole))
        {
            _answer.EndTags();
            _answer.EndThoughts();
        }

        _usage = TokenUsage.OfChatCompletions(chunk.Usage) ?? _usage;

        if (chunk.FinishReason.HasText)
        {
            AcceptFinishReason(chunk.FinishReason.Text!);
        }
    }

    private void AcceptFinishReason(string reason)
    {
        if (reason.Equals("error", StringComparison.OrdinalIgnoreCase))
        {
            Fail(UpstreamFailures.ServerError);
        }
        else
        {
            _finishReason = reason;
        }
    }

    private void Finish()
    {
        CloseOpen(incomplete: false);
        var reason = Reason();
        if (reason == CompletionReason.Stop)
        {
            // Calls of a truncated or withheld answer are not run, even if they look complete.
            _calls.Finish(_answer.Echo);
            if (_calls.Count > 0 && !_calls.Any && !_answer.IsShown)
            {
                Fail(UpstreamFailures.Garbled);
                return;
            }

            if (!_answer.IsShown && !_calls.Any)
            {
                Context.Logger.EmptyAnswer();
            }
        }

        Sink.Add(new ProviderEvent.Completed(_calls.Any ? CompletionReason.ToolCalls : reason)
        {
            Usage = _usage,
            CallsLeftOut = _calls.LeftOut,
        });
    }

    private CompletionReason Reason() => _finishReason?.ToUpperInvariant() switch
    {
        "LENGTH" or "MODEL_LENGTH" or "MAX_TOKENS" => CompletionReason.Length,
        "CONTENT_FILTER" or "SAFETY" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "RECITATION" =>
            CompletionReason.ContentFilter,
        _ => CompletionReason.Stop,
    };
}
