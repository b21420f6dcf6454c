using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Tells a model's thoughts from its answer where the server leaves both in the text, the thoughts between
/// <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>. Only a tag that begins the text counts: anywhere else it is the
/// answer's own. A tag may be split across deltas, so a few characters are held back.
/// </summary>
internal sealed class ThinkTags(StreamLimits limits)
{
    private readonly TextBuffer _text = new(limits.Text);
    private Zone _zone;
    private int _taken;
    private bool _hasThoughts;

    private enum Zone
    {
        Start,
        Thoughts,
        Gap,
        Answer,
    }

    /// <summary>Whether all that follows is the answer.</summary>
    public bool Passed => _zone == Zone.Answer;

    private static ReadOnlySpan<byte> Opening => "<think>"u8;

    private static ReadOnlySpan<byte> Closing => "</think>"u8;

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    private ReadOnlySpan<byte> Rest => _text.Span[_taken..];

    public void Append(JsonValue text) => _text.Append(text);

    /// <summary>The next piece that is certainly thought or answer; valid until the next call.</summary>
    /// <param name="ended">No more text follows; flush everything.</param>
    public bool TryTake(bool ended, out bool thought, out ReadOnlySpan<byte> piece)
    {
        if (_zone == Zone.Start)
        {
            Begin(ended);
        }

        if (_zone == Zone.Thoughts)
        {
            thought = true;
            piece = TakeThoughts(ended);
            if (!piece.IsEmpty)
            {
                return true;
            }
        }

        if (_zone == Zone.Gap && !SkipBlank().IsEmpty)
        {
            _zone = Zone.Answer;
        }

        thought = false;
        piece = _zone == Zone.Answer ? Rest : default;
        _taken += piece.Length;
        return !piece.IsEmpty;
    }

    private void Begin(bool ended)
    {
        var start = Rest.TrimStart(Blank);
        if (start.StartsWith(Opening))
        {
            _taken = _text.Span.Length - start.Length + Opening.Length;
            _zone = Zone.Thoughts;
        }
        else if (ended || !Opening.StartsWith(start))
        {
            _zone = Zone.Answer;
        }
    }

    private ReadOnlySpan<byte> TakeThoughts(bool ended)
    {
        // Models told not to think send empty tags with line breaks between them.
        var rest = _hasThoughts ? Rest : SkipBlank();
        var length = rest.IndexOf(Closing);
        if (length >= 0)
        {
            _zone = Zone.Gap;
            _taken += length + Closing.Length;
            return rest[..length];
        }

        var held = ended ? 0 : Math.Min(Closing.Length - 1, rest.Length);
        while (held > 0 && !Closing.StartsWith(rest[^held..]))
        {
            held--;
        }

        _taken += rest.Length - held;
        _hasThoughts |= rest.Length > held;
        return rest[..^held];
    }

    private ReadOnlySpan<byte> SkipBlank()
    {
        var rest = Rest;
        _taken += rest.Length - rest.TrimStart(Blank).Length;
        return Rest;
    }
}
