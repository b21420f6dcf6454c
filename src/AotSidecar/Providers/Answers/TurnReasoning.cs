using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>A reasoning item as it grows: summary parts, or the raw text that open-weight models show.</summary>
internal sealed class TurnReasoning(int outputIndex, EventSink sink, string origin, StreamLimits limits)
{
    private readonly SortedDictionary<int, TextBuffer> _open = [];
    private readonly HashSet<int> _done = [];
    private bool? _raw;

    public bool Done { get; private set; }

    /// <summary>The parts that are done.</summary>
    public string Text { get; private set; } = "";

    public void Start() => sink.Add(new ProviderEvent.ReasoningStarted(outputIndex));

    /// <param name="raw">
    /// Raw reasoning instead of a summary; always one part, because some servers number each piece.
    /// </param>
    public void Append(int part, bool raw, JsonValue text)
    {
        if (Done || !text.HasText || (_raw ??= raw) != raw)
        {
            return;
        }

        part = raw ? 0 : part;
        if (_done.Contains(part))
        {
            return;
        }

        if (!_open.TryGetValue(part, out var buffer))
        {
            _open[part] = buffer = new TextBuffer(limits.Text);
        }

        Show(part, buffer.Append(text));
    }

    public void CompletePart(int part, JsonValue fullText)
    {
        if (!_open.ContainsKey(part))
        {
            Append(part, raw: false, fullText);
        }

        ClosePart(part);
    }

    /// <param name="item">The finished item; kept for replay only if it has encrypted content.</param>
    public void Complete(JsonValue item)
    {
        var index = 0;
        foreach (var part in item["summary"u8].Elements)
        {
            CompletePart(index++, part["text"u8]);
        }

        Close(item["encrypted_content"u8].HasText ? item.Raw.ToArray() : null);
    }

    public void Close(byte[]? json = null)
    {
        if (Done)
        {
            return;
        }

        foreach (var part in _open.Keys.ToList())
        {
            ClosePart(part);
        }

        Done = true;
        sink.Add(new ProviderEvent.ReasoningDone(outputIndex, json, origin));
    }

    private void ClosePart(int part)
    {
        if (_open.Remove(part, out var buffer) && _done.Add(part))
        {
            Show(part, buffer.Complete());
            var text = buffer.ToString();
            Text += text;
            sink.Add(new ProviderEvent.ReasoningPartDone(outputIndex, part, text));
        }
    }

    private void Show(int part, ReadOnlyMemory<byte> text)
    {
        if (!text.IsEmpty)
        {
            sink.Add(new ProviderEvent.ReasoningDelta(
                outputIndex, part, System.Text.Encoding.UTF8.GetString(text.Span)));
        }
    }
}
