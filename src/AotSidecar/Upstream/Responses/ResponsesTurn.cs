using AotSidecar.Upstream.Failures;
using AotSidecar.Upstream.Streaming;
using AotSidecar.Upstream.Turns;

namespace AotSidecar.Upstream.Responses;

/// <summary>
/// Translates the events of a Responses stream. Items are told apart by <c>output_index</c>, because some gateways give
/// an item a new id in each event. The finished item is the truth: what its events left out is filled in from it, and
/// from the final response for an item that was never finished. The response objects, which echo the whole request three
/// times, are walked over without being kept.
/// </summary>
internal sealed class ResponsesTurn : TurnTranslator
{
    /// <summary>Where indexes begin that the wire did not give: far above any real one.</summary>
    private const int FirstSpareIndex = 1_000_000;

    /// <summary>An answer has tens of items at most; more would only be memory.</summary>
    private const int MaxItems = 10_000;

    private readonly Dictionary<int, ResponsesItem> _items = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly RepeatGuard _repeats = new();
    private ResponsesItem? _current;
    private int _currentWireIndex = -1;
    private int _nextSpare = FirstSpareIndex;
    private int _finished;
    private bool _started;

    public ResponsesTurn(TurnContext context)
        : base(context) => Calls = new ToolCalls(Sink, context.DeclaredTools, () => _nextSpare++);

    public ToolCalls Calls { get; }

    public bool ApprovalAsked { get; set; }

    public new TurnContext Context => base.Context;

    protected override bool IsAnswered => false;

    protected override bool TryTranslate(ReadOnlySpan<byte> data)
    {
        if (!ResponsesFrame.TryRead(data, out var frame))
        {
            return false;
        }

        if (_repeats.IsRepeat(frame.Sequence, data))
        {
            return true;
        }

        var type = frame.Type.Characters;
        if (type.SequenceEqual("response.output_text.delta"u8))
        {
            MessageAt(frame.OutputIndex)?.Append(frame.PartIndex, refusal: false, frame.Delta);
        }
        else if (type.StartsWith("response."u8))
        {
            Dispatch(type["response.".Length..], frame, data);
        }
        else if (type.SequenceEqual("error"u8) || (type.IsEmpty && frame.Error.IsPresent))
        {
            AcceptError(ProviderError.FromRoot(JsonValue.Parse(data)));
        }
        else if (!type.SequenceEqual("keepalive"u8))
        {
            UnknownTypes.Report(Context.Logger, type);
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
        // this dialect has no such mark; some gateways add it to every stream
    }

    protected override void AcceptEnd() => Fail(_started ? UpstreamFailures.Cut : UpstreamFailures.Garbled);

    protected override void CloseOpen(bool incomplete)
    {
        foreach (var item in _items.Values.OrderBy(item => item.Index))
        {
            item.Close(incomplete);
        }
    }

    private void Dispatch(ReadOnlySpan<byte> type, ResponsesFrame frame, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case var _ when type.SequenceEqual("output_item.added"u8):
                AddItem(frame);
                break;
            case var _ when type.SequenceEqual("output_item.done"u8):
                FinishItem(frame);
                break;
            case var _ when type.SequenceEqual("refusal.delta"u8):
                MessageAt(frame.OutputIndex)?.Append(frame.PartIndex, refusal: true, frame.Delta);
                break;
            case var _ when type.SequenceEqual("output_text.done"u8):
                MessageAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, refusal: false, frame.Full, default);
                break;
            case var _ when type.SequenceEqual("refusal.done"u8):
                MessageAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, refusal: true, frame.Full, default);
                break;
            case var _ when type.SequenceEqual("output_text.annotation.added"u8):
                MessageAt(frame.OutputIndex)?.Annotate(frame.PartIndex, frame.Body);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_text.delta"u8):
                ReasoningAt(frame.OutputIndex)?.Append(frame.PartIndex, raw: false, frame.Delta);
                break;
            case var _ when type.SequenceEqual("reasoning_text.delta"u8):
                ReasoningAt(frame.OutputIndex)?.Append(frame.PartIndex, raw: true, frame.Delta);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_text.done"u8):
                ReasoningAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, frame.Full);
                break;
            case var _ when type.SequenceEqual("reasoning_summary_part.done"u8):
                ReasoningAt(frame.OutputIndex)?.CompletePart(frame.PartIndex, frame.Body["text"u8]);
                break;
            case var _ when type.SequenceEqual("function_call_arguments.delta"u8)
                || type.SequenceEqual("custom_tool_call_input.delta"u8):
                (ItemAt(frame.OutputIndex) as ResponsesItem.Call)?.Append(frame.Delta);
                break;
            case var _ when type.SequenceEqual("function_call_arguments.done"u8)
                || type.SequenceEqual("custom_tool_call_input.done"u8):
                (ItemAt(frame.OutputIndex) as ResponsesItem.Call)?.Replace(frame.Full);
                break;
            case var _ when type.SequenceEqual("image_generation_call.partial_image"u8):
                (ItemAt(frame.OutputIndex) as ResponsesItem.Hosted)?.Preview(
                    frame.Full, JsonValue.Parse(data)["output_format"u8]);
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
                    UnknownTypes.Report(Context.Logger, type);
                }

                break;
        }
    }

    /// <summary>Known events that tell a reader nothing the items do not.</summary>
    private static bool IsProgress(ReadOnlySpan<byte> type) =>
        type.StartsWith("content_part."u8) || type.StartsWith("reasoning_"u8) || type.StartsWith("web_search_call."u8)
        || type.StartsWith("file_search_call."u8) || type.StartsWith("image_generation_call."u8)
        || type.StartsWith("code_interpreter_call"u8) || type.StartsWith("mcp_"u8) || type.StartsWith("shell_call_"u8)
        || type.StartsWith("apply_patch_call_"u8) || type.StartsWith("compaction."u8) || type.StartsWith("audio."u8);

    private void Start(JsonValue response)
    {
        if (!_started)
        {
            _started = true;
            Sink.Add(new ProviderEvent.TurnStarted(
                response["id"u8].TextOrNullIfEmpty, response["model"u8].TextOrNullIfEmpty));
        }
    }

    private void AddItem(ResponsesFrame frame)
    {
        Start(default);
        Remember(frame.Body);
        var wireIndex = frame.OutputIndex.Integer ?? NextWireIndex();

        // a server that numbers every item zero opens a new one by adding it when the last is done
        if (_items.Count < MaxItems && (!_items.TryGetValue(wireIndex, out var known) || known.Done))
        {
            Open(wireIndex, frame.Body);
        }
    }

    private void FinishItem(ResponsesFrame frame)
    {
        Start(default);
        Remember(frame.Body);
        var wireIndex = frame.OutputIndex.Integer ?? (_current is { Done: false } ? _currentWireIndex : NextWireIndex());
        FinishItem(wireIndex, frame.Body);
    }

    private void FinishItem(int wireIndex, JsonValue body)
    {
        if (!_items.TryGetValue(wireIndex, out var item))
        {
            if (_items.Count == MaxItems)
            {
                return;
            }

            item = Open(wireIndex, body);
        }

        _finished += item.Done ? 0 : 1;
        item.Complete(body);
    }

    private ResponsesItem Open(int wireIndex, JsonValue body)
    {
        var index = wireIndex;
        if (_items.Remove(wireIndex, out var earlier))
        {
            _items[_nextSpare++] = earlier;
            index = _nextSpare++;
        }

        _currentWireIndex = wireIndex;
        _current = ResponsesItem.Create(body, index, this);
        _items[wireIndex] = _current;
        if (_current is ResponsesItem.Ignored && !body["type"u8].Is("mcp_list_tools"u8))
        {
            UnknownTypes.Report(Context.Logger, body["type"u8].Characters);
        }

        return _current;
    }

    private int NextWireIndex() => _currentWireIndex + 1;

    private ResponsesItem? ItemAt(JsonValue wireIndex)
    {
        if (wireIndex.Integer is not { } index || index == _currentWireIndex)
        {
            return _current;
        }

        return _items.GetValueOrDefault(index);
    }

    /// <summary>The message an event belongs to; events before its start make one.</summary>
    private TurnMessage? MessageAt(JsonValue wireIndex)
    {
        if (ItemAt(wireIndex) is { } item)
        {
            return (item as ResponsesItem.Message)?.Text;
        }

        Start(default);
        return ((ResponsesItem.Message)Open(
            wireIndex.Integer ?? NextWireIndex(), JsonValue.Parse(/*lang=json,strict*/ """{"type":"message"}"""u8))).Text;
    }

    private TurnReasoning? ReasoningAt(JsonValue wireIndex)
    {
        if (ItemAt(wireIndex) is { } item)
        {
            return (item as ResponsesItem.Reasoning)?.Text;
        }

        Start(default);
        return ((ResponsesItem.Reasoning)Open(
            wireIndex.Integer ?? NextWireIndex(), JsonValue.Parse(/*lang=json,strict*/ """{"type":"reasoning"}"""u8))).Text;
    }

    private void Remember(JsonValue item)
    {
        if (item["id"u8].TextOrNullIfEmpty is { } id)
        {
            _ids.Add(id);
        }
    }

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

    /// <summary>A final response. Its own status counts, for some servers send every outcome as completed.</summary>
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
        else if (final.SequenceEqual("in_progress"u8) || final.SequenceEqual("queued"u8))
        {
            // not an end, whatever the event is called
        }
        else
        {
            Finish(response, incomplete: final.SequenceEqual("incomplete"u8) || outcome.SequenceEqual("incomplete"u8));
        }
    }

    private void Finish(JsonValue response, bool incomplete)
    {
        FillGaps(response["output"u8]);
        CloseOpen(incomplete);
        var usage = response["usage"u8];
        if (usage.IsObject)
        {
            Sink.Add(new ProviderEvent.Usage(
                usage["input_tokens"u8].Number ?? 0,
                usage["input_tokens_details"u8]["cached_tokens"u8].Number ?? 0,
                usage["output_tokens"u8].Number ?? 0,
                usage["output_tokens_details"u8]["reasoning_tokens"u8].Number ?? 0,
                usage["total_tokens"u8].Number ?? 0));
        }

        var filtered = response["incomplete_details"u8]["reason"u8].Is("content_filter"u8);
        Sink.Add(new ProviderEvent.Completed(
            incomplete ? (filtered ? CompletionReason.ContentFilter : CompletionReason.Length)
            : Calls.Any ? CompletionReason.ToolCalls
            : ApprovalAsked ? CompletionReason.Approval
            : CompletionReason.Stop));
    }

    private void FillGaps(JsonValue output)
    {
        var count = 0;
        foreach (var _ in output.Elements)
        {
            count++;
        }

        var index = 0;
        foreach (var item in output.Elements)
        {
            var known = _items.GetValueOrDefault(index);
            var seenElsewhere = known is null && item["id"u8].TextOrNullIfEmpty is { } id && _ids.Contains(id);
            if (_finished < count && known is not { Done: true } && !seenElsewhere)
            {
                FinishItem(index, item);
            }

            index++;
        }
    }
}
