using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// A message as it grows. It starts with its first visible character, so an empty one, which follows every picture, is
/// never seen; its parts are counted by their appearance, whatever the provider calls them.
/// </summary>
internal sealed class TurnMessage(int outputIndex, string? itemId, EventSink sink, StreamLimits limits)
{
    /// <summary>Bounded, because each is resolved against the whole text.</summary>
    private const int MaxCitations = 256;

    private readonly List<TurnPart> _parts = [];
    private TurnPart? _last;

    public string? Phase { get; set; }

    public bool Started { get; private set; }

    public bool Done { get; private set; }

    public bool IsIncomplete { get; set; }

    public void Append(int wireIndex, bool refusal, JsonValue text)
    {
        if (text.HasText && PartFor(wireIndex, refusal) is { Done: false } part)
        {
            Show(part, part.Text.Append(text));
        }
    }

    public void Annotate(int wireIndex, JsonValue annotation)
    {
        if (!Done)
        {
            Annotate(PartFor(wireIndex, refusal: false), annotation);
        }
    }

    /// <summary>The provider sent the part's full text: adds what is missing.</summary>
    public void CompletePart(int wireIndex, bool refusal, JsonValue fullText, JsonValue annotations)
    {
        if (Done)
        {
            return;
        }

        var part = PartFor(wireIndex, refusal);
        if (!part.Done)
        {
            Show(part, part.Text.Complete());
            Show(part, MissingTail(part.Text, fullText));
        }

        if (part.Citations.Count == 0)
        {
            foreach (var annotation in annotations.Elements)
            {
                Annotate(part, annotation);
            }
        }

        ClosePart(part);
    }

    /// <summary>Adds what a complete text has beyond the deltas so far.</summary>
    public void Extend(int wireIndex, JsonValue fullText)
    {
        if (!Done && PartFor(wireIndex, refusal: false) is { Done: false } part)
        {
            Show(part, MissingTail(part.Text, fullText));
        }
    }

    /// <summary>Takes a finished item's content, filling in whatever its events left out.</summary>
    public void CompleteFrom(JsonValue content)
    {
        var index = 0;
        foreach (var part in content.Elements)
        {
            var refusal = part["type"u8].Is("refusal"u8);
            CompletePart(index++, refusal, part[refusal ? "refusal"u8 : "text"u8], part["annotations"u8]);
        }
    }

    public void Close(bool incomplete)
    {
        if (Done)
        {
            return;
        }

        Done = true;
        foreach (var part in _parts)
        {
            Show(part, part.Text.Complete());
            ClosePart(part);
        }

        if (Started)
        {
            var parts = _parts.Where(part => part.Shown).OrderBy(part => part.Index).Select(part => part.ToPart());
            sink.Add(new ProviderEvent.MessageDone(outputIndex, [.. parts], Phase, incomplete || IsIncomplete));
        }
    }

    /// <summary>Some providers send the sources only with the finished item.</summary>
    private void Annotate(TurnPart part, JsonValue annotation)
    {
        if (part.Citations.Count < MaxCitations && Citation.TryRead(annotation, out var citation))
        {
            part.Add(citation);
            if (part.Shown)
            {
                sink.Add(new ProviderEvent.AnnotationAdded(outputIndex, part.Index, citation.Resolve(part.Text)));
            }
        }
    }

    private static ReadOnlyMemory<byte> MissingTail(TextBuffer sent, JsonValue fullText)
    {
        if (!fullText.HasText)
        {
            return default;
        }

        var whole = new TextBuffer(int.MaxValue / 2);
        whole.Append(fullText);
        whole.Complete();

        // Text that was sent cannot be taken back; only a longer text can be completed.
        return whole.Span.Length > sent.Span.Length && whole.Span.StartsWith(sent.Span)
            ? sent.AppendPlain(whole.Span[sent.Span.Length..])
            : default;
    }

    private TurnPart PartFor(int wireIndex, bool refusal)
    {
        if (_last is { } last && last.WireIndex == wireIndex && last.Refusal == refusal)
        {
            return last;
        }

        _last = _parts.Find(part => part.WireIndex == wireIndex && part.Refusal == refusal);
        if (_last is null)
        {
            _last = new TurnPart(wireIndex, refusal, new TextBuffer(limits.Text));
            _parts.Add(_last);
        }

        return _last;
    }

    private void Show(TurnPart part, ReadOnlyMemory<byte> text)
    {
        // White space alone is not shown; it is sent with the first visible character.
        if (text.IsEmpty || (!part.Shown && text.Span.Trim(" \t\r\n"u8).IsEmpty))
        {
            return;
        }

        text = part.Shown ? text : part.Text.Memory;

        if (!Started)
        {
            Started = true;
            sink.Add(new ProviderEvent.MessageStarted(outputIndex, itemId));
        }

        if (!part.Shown)
        {
            part.Index = _parts.Count(other => other.Shown);
            part.Shown = true;
        }

        sink.AddText(outputIndex, part.Index, part.Refusal, text);
    }

    private void ClosePart(TurnPart part)
    {
        if (!part.Done && part.Shown)
        {
            sink.Add(new ProviderEvent.PartDone(outputIndex, part.Index, part.ToPart()));
        }

        part.Done = true;
    }

    private sealed class TurnPart(int wireIndex, bool refusal, TextBuffer text)
    {
        private MessagePart? _part;

        public int WireIndex { get; } = wireIndex;

        public bool Refusal { get; } = refusal;

        public TextBuffer Text { get; } = text;

        public List<Citation> Citations { get; } = [];

        public void Add(Citation citation)
        {
            Citations.Add(citation);
            _part = null;
        }

        public int Index { get; set; }

        public bool Shown { get; set; }

        public bool Done { get; set; }

        public MessagePart ToPart() =>
            _part ??= new MessagePart(Text.ToString(), Refusal, [.. Citations.Select(citation => citation.Resolve(Text))]);
    }
}
