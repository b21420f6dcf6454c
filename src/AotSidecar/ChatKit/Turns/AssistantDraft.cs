using System.Buffers;
using System.Text;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>An assistant message while it streams. Holds what has been sent, so that a cut loses nothing.</summary>
internal sealed class AssistantDraft(string id, string threadId, DateTime createdAt)
{
    /// <summary>More parts than any answer has; higher indexes of a host are ignored.</summary>
    private const int MaxParts = 256;

    private readonly List<Part> _parts = [];

    public string Id { get; } = id;

    public DateTime CreatedAt { get; } = createdAt;

    /// <summary>Whether any part has visible text.</summary>
    public bool HasText => _parts.Any(static part => !string.IsNullOrWhiteSpace(part.Text));

    public AssistantMessageItem ToItem() => new()
    {
        Id = Id,
        ThreadId = threadId,
        CreatedAt = CreatedAt,
        Content = [.. _parts.Select(static part => part.ToContent())],
    };

    public Part AddPart()
    {
        var part = new Part(Id, _parts.Count);
        _parts.Add(part);
        return part;
    }

    /// <summary>The part at this index; missing parts before it are created empty.</summary>
    /// <returns>Null if the index is out of range.</returns>
    public Part? At(int index)
    {
        if (index is < 0 or >= MaxParts)
        {
            return null;
        }

        while (_parts.Count <= index)
        {
            AddPart();
        }

        return _parts[index];
    }

    internal sealed class Part(string itemId, int index)
    {
        private readonly ArrayBufferWriter<byte> _utf8 = new(256);
        private readonly List<SourceAnnotation> _annotations = [];

        public int Index { get; } = index;

        public DeltaFrame Frame { get; } = DeltaFrame.OfMessage(itemId, index);

        public int AnnotationCount => _annotations.Count;

        public string Text => Encoding.UTF8.GetString(_utf8.WrittenSpan);

        public void Append(ReadOnlySpan<byte> utf8) => _utf8.Write(utf8);

        public void Annotate(int at, SourceAnnotation annotation) =>
            _annotations.Insert(Math.Clamp(at, 0, _annotations.Count), annotation);

        public AssistantContent ToContent() => new() { Text = Text, Annotations = [.. _annotations] };

        public void Set(AssistantContent content)
        {
            _utf8.ResetWrittenCount();
            _utf8.Write(Encoding.UTF8.GetBytes(content.Text));
            _annotations.Clear();
            _annotations.AddRange(content.Annotations);
        }
    }
}
