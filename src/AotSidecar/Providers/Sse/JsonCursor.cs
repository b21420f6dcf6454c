using System.Buffers;
using System.Text.Json;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Walks JSON one member or element at a time and steps over what is not wanted. The framework's reader costs some
/// thirty nanoseconds a token, and a delta of five characters comes in twenty tokens; here a plain value costs one
/// search for its end. Containers that are stepped over are checked by the framework's reader, once, so structure is
/// never guessed.
/// </summary>
/// <param name="isChecked">The bytes lie in a container that was stepped over before.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> utf8, bool isChecked = false)
{
    /// <summary>Bytes that matter when skipping to the end of a container.</summary>
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);

    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private int _at;

    /// <summary>Steps into an object or an array.</summary>
    /// <param name="open">Its bracket.</param>
    public bool TryEnter(byte open)
    {
        if (Peek() != open)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>The next member's name, or false at the end of the object.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name)
    {
        if (!TryReadNext((byte)'}'))
        {
            name = default;
            return false;
        }

        name = TakeString().Characters;
        Expect((byte)':');
        return true;
    }

    /// <summary>Whether another element follows; at the end of the array it is left.</summary>
    public bool TryReadElement() => TryReadNext((byte)']');

    /// <summary>Takes the value that begins here.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public JsonValue Take() => Peek() switch
    {
        (byte)'"' => TakeString(),
        (byte)'{' => TakeContainer((byte)'}', JsonTokenType.StartObject),
        (byte)'[' => TakeContainer((byte)']', JsonTokenType.StartArray),
        (byte)'n' => TakeLiteral("null"u8, JsonTokenType.Null),
        (byte)'t' => TakeLiteral("true"u8, JsonTokenType.True),
        (byte)'f' => TakeLiteral("false"u8, JsonTokenType.False),
        _ => TakeNumber(),
    };

    /// <exception cref="JsonException">Something follows.</exception>
    public void End()
    {
        if (Peek() != 0 || _at < _utf8.Length)
        {
            throw new JsonException();
        }
    }

    /// <summary>The next byte that is no white space; zero at the end.</summary>
    private byte Peek()
    {
        for (; _at < _utf8.Length; _at++)
        {
            var next = _utf8[_at];
            if (next is not ((byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r'))
            {
                return next;
            }
        }

        return 0;
    }

    /// <summary>Skips a comma (tolerating a trailing one) or leaves the container.</summary>
    private bool TryReadNext(byte close)
    {
        var next = Peek();
        if (next == ',')
        {
            _at++;
            next = Peek();
        }

        if (next == close)
        {
            _at++;
            return false;
        }

        return true;
    }

    private void Expect(byte wanted)
    {
        if (Peek() != wanted)
        {
            throw new JsonException();
        }

        _at++;
    }

    private JsonValue TakeString()
    {
        Expect((byte)'"');
        var start = _at - 1;
        var escaped = false;
        while (true)
        {
            var length = _utf8[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
            {
                throw new JsonException();
            }

            _at += length + 1;
            if (_utf8[_at - 1] == '"')
            {
                return new JsonValue(_utf8[start.._at], JsonTokenType.String, escaped);
            }

            escaped = true;
            _at = _at < _utf8.Length ? _at + 1 : throw new JsonException();
        }
    }

    private JsonValue TakeContainer(byte close, JsonTokenType kind)
    {
        var start = _at;
        if (_at + 1 < _utf8.Length && _utf8[_at + 1] == close)
        {
            _at += 2;
        }
        else if (isChecked)
        {
            StepOver();
        }
        else
        {
            var reader = new Utf8JsonReader(_utf8[_at..], JsonValue.Leniency);
            reader.Read();
            reader.Skip();
            _at += (int)reader.BytesConsumed;
        }

        return new JsonValue(_utf8[start.._at], kind, false);
    }

    /// <summary>Skips a container that has been validated already.</summary>
    private void StepOver()
    {
        var depth = 0;
        do
        {
            _at += _utf8[_at..].IndexOfAny(Structure);
            switch (_utf8[_at])
            {
                case (byte)'"':
                    TakeString();
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    _at++;
                    break;
                default:
                    depth--;
                    _at++;
                    break;
            }
        }
        while (depth > 0);
    }

    private JsonValue TakeLiteral(ReadOnlySpan<byte> literal, JsonTokenType kind)
    {
        if (!_utf8[_at..].StartsWith(literal))
        {
            throw new JsonException();
        }

        _at += literal.Length;
        return new JsonValue(_utf8[(_at - literal.Length).._at], kind, false);
    }

    private JsonValue TakeNumber()
    {
        var start = _at;
        while (_at < _utf8.Length
            && _utf8[_at] is (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'e' or (byte)'E')
        {
            _at++;
        }

        return _at > start ? new JsonValue(_utf8[start.._at], JsonTokenType.Number, false) : throw new JsonException();
    }
}
