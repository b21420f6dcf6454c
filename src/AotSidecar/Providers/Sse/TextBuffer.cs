using System.Text;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// The text of one part as it grows. Appending unescapes directly into the buffer and returns a view of it, so a delta
/// costs one copy. Earlier views stay valid when the buffer grows.
/// </summary>
internal sealed class TextBuffer(int limit)
{
    private byte[] _bytes = new byte[512];
    private int _length;
    private char _half;

    public bool IsEmpty => _length == 0;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Adds a JSON string.</summary>
    /// <returns>The new complete characters; empty if only half of one arrived.</returns>
    /// <exception cref="UpstreamException">The limit is exceeded.</exception>
    public ReadOnlyMemory<byte> Append(JsonValue text)
    {
        var start = _length;
        var characters = JsonText.Repair(text.Characters);
        if (_length + characters.Length > limit)
        {
            throw new UpstreamException(UpstreamFailures.TooLarge);
        }

        EnsureRoom(characters.Length + JsonText.Slack);
        if (text.HasEscapes || _half != '\0')
        {
            _length += JsonText.Resolve(characters, _bytes.AsSpan(_length), ref _half);
        }
        else
        {
            characters.CopyTo(_bytes.AsSpan(_length));
            _length += characters.Length;
        }

        return _bytes.AsMemory(start, _length - start);
    }

    /// <summary>Adds bytes that are known to be whole characters.</summary>
    public ReadOnlyMemory<byte> AppendPlain(ReadOnlySpan<byte> utf8)
    {
        EnsureRoom(utf8.Length);
        utf8.CopyTo(_bytes.AsSpan(_length));
        _length += utf8.Length;
        return _bytes.AsMemory(_length - utf8.Length, utf8.Length);
    }

    /// <summary>Ends the text. A pending half character becomes U+FFFD, which is returned.</summary>
    public ReadOnlyMemory<byte> Complete()
    {
        EnsureRoom(JsonText.Slack);
        var added = JsonText.Abandon(ref _half, _bytes.AsSpan(_length));
        _length += added;
        return _bytes.AsMemory(_length - added, added);
    }

    public override string ToString() => Encoding.UTF8.GetString(Span);

    private void EnsureRoom(int count)
    {
        if (_length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_length + count, _bytes.Length * 2));
        }
    }
}
