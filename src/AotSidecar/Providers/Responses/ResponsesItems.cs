using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>
/// The items of one answer by their <c>output_index</c>. A missing index means the current item, and a reused one a new
/// item: some gateways omit it, others always send 0.
/// </summary>
internal sealed class ResponsesItems(ResponsesTurn turn)
{
    /// <summary>First index for items without a usable one: far above any real index.</summary>
    private const int FirstSpareIndex = 1_000_000;

    /// <summary>An answer has tens of items; bounds memory.</summary>
    private const int MaxItems = 10_000;

    private readonly Dictionary<int, ResponsesItem> _items = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private ResponsesItem? _current;
    private int _currentWireIndex = -1;
    private int _nextSpare = FirstSpareIndex;
    private int _finished;

    /// <summary>Whether there are items, and each has been finished.</summary>
    public bool AreAllDone => _items.Count > 0 && _items.Values.All(static item => item.Done);

    public int SpareIndex() => _nextSpare++;

    public void Close(bool incomplete)
    {
        foreach (var item in _items.Values.OrderBy(item => item.Index))
        {
            item.Close(incomplete);
        }
    }

    public void Add(int? outputIndex, JsonValue body)
    {
        turn.Start();
        Remember(body);
        var wireIndex = outputIndex ?? NextWireIndex();

        // Servers that number every item 0 start a new one by adding it after the last is done.
        if (_items.Count < MaxItems && (!_items.TryGetValue(wireIndex, out var known) || known.Done))
        {
            Open(wireIndex, body);
        }
    }

    public void Finish(int? outputIndex, JsonValue body)
    {
        turn.Start();
        Remember(body);
        var wireIndex = outputIndex ?? (_current is { Done: false } ? _currentWireIndex : NextWireIndex());
        Finish(wireIndex, body);
    }

    private void Finish(int wireIndex, JsonValue body)
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
        _current = ResponsesItem.Create(body, index, turn);
        _items[wireIndex] = _current;
        if (_current is ResponsesItem.Ignored && !body["type"u8].Is("mcp_list_tools"u8))
        {
            turn.Context.Unknown.Report(turn.Context.Logger, body["type"u8].Characters);
        }

        return _current;
    }

    private int NextWireIndex() => _currentWireIndex + 1;

    public ResponsesItem? At(int? wireIndex)
    {
        if (wireIndex is not { } index || index == _currentWireIndex)
        {
            return _current;
        }

        return _items.GetValueOrDefault(index);
    }

    /// <summary>The message an event belongs to; events before its start make one.</summary>
    public TurnMessage? MessageAt(int? wireIndex)
    {
        if (At(wireIndex) is { } item)
        {
            return (item as ResponsesItem.Message)?.Text;
        }

        turn.Start();
        return ((ResponsesItem.Message)Open(
            wireIndex ?? NextWireIndex(), JsonValue.Parse(/*lang=json,strict*/ """{"type":"message"}"""u8))).Text;
    }

    public TurnReasoning? ReasoningAt(int? wireIndex)
    {
        if (At(wireIndex) is { } item)
        {
            return (item as ResponsesItem.Reasoning)?.Text;
        }

        turn.Start();
        return ((ResponsesItem.Reasoning)Open(
            wireIndex ?? NextWireIndex(), JsonValue.Parse(/*lang=json,strict*/ """{"type":"reasoning"}"""u8))).Text;
    }

    private void Remember(JsonValue item)
    {
        if (item["id"u8].TextOrNullIfEmpty is { } id)
        {
            _ids.Add(id);
        }
    }

    public void FillGaps(JsonValue output)
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
                Finish(index, item);
            }

            index++;
        }
    }
}
