using System.Text.Json;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>
/// Translates the events of a Responses stream. Items are told apart by <c>output_index</c>, because some gateways give
/// an item a new id in each event. The finished item is authoritative: gaps are filled in from it, or from the final
/// response if the item never finished. Response objects echo the whole request, so they are skipped without being
/// kept.
/// </summary>
internal sealed class ResponsesTurn : TurnTranslator
{
    private readonly ResponsesItems _items;
    private readonly RepeatGuard _repeats = new();
    private readonly DeltaShape _deltas = new();
    private int? _deltaOutput;
    private int _deltaPart;
    private bool _started;

    public ResponsesTurn(AnswerContext context)
        : base(context)
    {
        _items = new ResponsesItems(this);
        Calls = new ToolCalls(context, Sink, _items.SpareIndex);
    }

    public ToolCalls Calls { get; }

    public bool ApprovalAsked { get; set; }

    public new AnswerContext Context => base.Context;

    /// <summary>Items may arrive before <c>response.created</c>.</summary>
    public void Start(JsonValue response = default)
    {
        if (!_started)
        {
            _started = true;
            Sink.Add(new ProviderEvent.TurnStarted(
                response["id"u8].TextOrNullIfEmpty, response["model"u8].TextOrNullIfEmpty));
        }
    }

    public override bool IsAnswered => false;

    protected override bool TryTranslate(ReadOnlySpan<byte> data)
    {
        if (_deltas.TryRead(data, out var text, out var sequence))
        {
            if (!_repeats.IsRepeat(sequence, data))
            {
                _items.MessageAt(_deltaOutput)?.Append(_deltaPart, refusal: false, text);
            }

            return true;
        }

        if (!ResponsesFrame.TryRead(data, out var frame))
        {
            return false;
        }

        if (_repeats.IsRepeat(frame.Sequence.Number ?? 0, data))
        {
            return true;
        }

        var type = frame.Type.Characters;
        if (type.SequenceEqual("response.output_text.delta"u8))
        {
            _items.MessageAt(frame.OutputIndex)?.Append(frame.PartIndex, refusal: false, frame.Delta);
            _deltas.Learn(data, frame.Delta, frame.Padding, frame.Sequence);
            (_deltaOutput, _deltaPart) = (frame.OutputIndex, frame.PartIndex);
        }
        else if (type.StartsWith("response."u8))
        {
            Dispatch(type["response.".Length..], frame, data);
        }
        else if (type.SequenceEqual("error"u8) || (type.IsEmpty && frame.Error.IsPresent))
        {
            AcceptError(ProviderError.FromRoot(Checked(data)));
        }
        else if (!type.SequenceEqual("keepalive"u8))
        {
            Context.Unknown.Report(Context.Logger, type);
        }

        return true;
    }

    protected override bool TryTranslateWhole(JsonValue root)
    {
        var known = root["object"u8].Is("response"u8);
        if (known)
        {
            AcceptResponse(root, root["status"u8].Characters);
        }

        return known;
    }

    protected override void AcceptDone()
    {
        // Not part of this dialect, but some gateways append it, and some send it instead of the final response
        if (_items.AreAllDone)
        {
            Finish(default, incomplete: false);
        }
    }

    protected override void AcceptEnd() => Fail(_started ? UpstreamFailures.Cut : UpstreamFailures.Garbled);

    protected override void CloseOpen(bool incomplete) => _items.Close(incomplete);

    private void Dispatch(ReadOnlySpan<byte> type, ResponsesFrame frame, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case var _ when type.SequenceEqual("output_item.added"u8):
                _items.Add(frame.OutputIndex, frame.Body);
                break;
            case var _ when type.SequenceEqual("output_item.done"u8):
                _items.Finish(frame.OutputIndex, frame.Body);
                break;
            case var _ when type.SequenceEqual("refusal.delta"u8):
                _items.MessageAt(frame.OutputIndex)?.Append(frame.PartIndex, refusal: true, frame.Delta);
                break;
            case var _ when type.SequenceEqual("output_text.done"u8):
                _items.MessageAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, refusal: false, frame.Full, default);
                break;
            case var _ when type.SequenceEqual("refusal.done"u8):
                _items.MessageAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, refusal: true, frame.Full, default);
                break;
            case var _ when type.SequenceEqual("output_text.annotation.added"u8):
                _items.MessageAt(frame.OutputIndex)?.Annotate(frame.PartIndex, frame.Body);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_text.delta"u8):
                _items.ReasoningAt(frame.OutputIndex)?.Append(frame.PartIndex, raw: false, frame.Delta);
                break;
            case var _ when type.SequenceEqual("reasoning_text.delta"u8):
                _items.ReasoningAt(frame.OutputIndex)?.Append(frame.PartIndex, raw: true, frame.Delta);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_text.done"u8):
                _items.ReasoningAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, frame.Full);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_part.done"u8):
                _items.ReasoningAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, frame.Body["text"u8]);
                break;
            case var _ when type.SequenceEqual("function_call_arguments.delta"u8)
                || type.SequenceEqual("custom_tool_call_input.delta"u8):
                (_items.At(frame.OutputIndex) as ResponsesItem.Call)?.Arguments.Append(frame.Delta);
                break;
            case var _ when type.SequenceEqual("function_call_arguments.done"u8)
                || type.SequenceEqual("custom_tool_call_input.done"u8):
                (_items.At(frame.OutputIndex) as ResponsesItem.Call)?.Arguments.Restate(frame.Full);
                break;
            case var _ when type.SequenceEqual("image_generation_call.partial_image"u8):
                (_items.At(frame.OutputIndex) as ResponsesItem.Hosted)?.Preview(
                    frame.Full, Checked(data)["output_format"u8]);
                break;
            case var _ when type.SequenceEqual("created"u8) || type.SequenceEqual("queued"u8)
                || type.SequenceEqual("in_progress"u8):
                Start(frame.Body);
                break;
            case var _ when type.SequenceEqual("completed"u8) || type.SequenceEqual("incomplete"u8)
                || type.SequenceEqual("failed"u8) || type.SequenceEqual("cancelled"u8) || type.SequenceEqual("done"u8):
                AcceptResponse(frame.Body, type);
                break;
            default:
                if (!IsProgress(type))
                {
                    Context.Unknown.Report(Context.Logger, type);
                }

                break;
        }
    }

    /// <summary>Already validated as one object.</summary>
    private static JsonValue Checked(ReadOnlySpan<byte> data) => new(data, JsonTokenType.StartObject, escaped: false);

    /// <summary>Known events that carry nothing the items do not.</summary>
    private static bool IsProgress(ReadOnlySpan<byte> type) =>
        type.StartsWith("content_part."u8) || type.StartsWith("reasoning_"u8) || type.StartsWith("web_search_call."u8)
        || type.StartsWith("file_search_call."u8) || type.StartsWith("image_generation_call."u8)
        || type.StartsWith("code_interpreter_call"u8) || type.StartsWith("mcp_"u8) || type.StartsWith("shell_call_"u8)
        || type.StartsWith("apply_patch_call_"u8) || type.StartsWith("compaction."u8) || type.StartsWith("audio."u8);

    private void AcceptError(ProviderError error)
    {
        if (error.IsTelling)
        {
            Fail(error);
        }
        else
        {
            PendingError ??= error;
        }
    }

    /// <summary>A final response. Its own status counts: some servers send every outcome as <c>completed</c>.</summary>
    private void AcceptResponse(JsonValue response, ReadOnlySpan<byte> outcome)
    {
        Start(response);
        var error = response["error"u8];
        var status = response["status"u8];
        var final = status.IsString ? status.Characters : outcome;
        if (error.IsPresent || final.SequenceEqual("failed"u8) || outcome.SequenceEqual("failed"u8))
        {
            var own = error.IsPresent ? ProviderError.FromError(error) : ProviderError.Unknown;
            Fail(own.IsTelling ? own : PendingError ?? own);
        }
        else if (final.SequenceEqual("cancelled"u8) || outcome.SequenceEqual("cancelled"u8))
        {
            Fail(UpstreamFailures.CancelledByProvider);
        }
        else if (!outcome.SequenceEqual("completed"u8) && (final.SequenceEqual("in_progress"u8) || final.SequenceEqual("queued"u8)))
        {
            // Not final, whatever the event's name.
        }
        else
        {
            Finish(response, incomplete: final.SequenceEqual("incomplete"u8) || outcome.SequenceEqual("incomplete"u8));
        }
    }

    private void Finish(JsonValue response, bool incomplete)
    {
        _items.FillGaps(response["output"u8]);
        CloseOpen(incomplete);
        var filtered = response["incomplete_details"u8]["reason"u8].Is("content_filter"u8);
        Sink.Add(new ProviderEvent.Completed(
            incomplete ? (filtered ? CompletionReason.ContentFilter : CompletionReason.Length)
            : Calls.Any ? CompletionReason.ToolCalls
            : ApprovalAsked ? CompletionReason.Approval
            : CompletionReason.Stop)
        {
            Usage = TokenUsage.OfResponses(response["usage"u8]),
            CallsLeftOut = Calls.LeftOut,
        });
    }
}
