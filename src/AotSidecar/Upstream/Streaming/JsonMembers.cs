using System.Text.Json;

namespace AotSidecar.Upstream.Streaming;

/// <summary>One member of an object.</summary>
internal readonly ref struct JsonMember(ReadOnlySpan<byte> name, JsonValue value)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public JsonValue Value { get; } = value;
}

/// <summary>Walks an object's members. Walked to its end over unchecked bytes, it has checked them all.</summary>
internal ref struct JsonMembers(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private Utf8JsonReader _reader = new(utf8, JsonValue.Leniency);
    private bool _inside;

    public JsonMember Current { get; private set; }

    public readonly JsonMembers GetEnumerator() => this;

    /// <exception cref="JsonException">The bytes are not one object.</exception>
    public bool MoveNext()
    {
        if (!_inside)
        {
            if (_utf8.IsEmpty)
            {
                return false;
            }

            _inside = _reader.Read() && _reader.TokenType == JsonTokenType.StartObject ? true : throw new JsonException();
        }

        if (!_reader.Read() || _reader.TokenType == JsonTokenType.EndObject)
        {
            // reading on refuses anything after the end
            return _reader.Read() ? throw new JsonException() : false;
        }

        var name = _reader.ValueSpan;
        _reader.Read();
        Current = new JsonMember(name, JsonValue.Take(ref _reader, _utf8));
        return true;
    }
}

/// <summary>Walks an array that has been checked already.</summary>
internal ref struct JsonElements(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private Utf8JsonReader _reader = new(utf8, JsonValue.Leniency);
    private bool _inside;

    public JsonValue Current { get; private set; }

    public readonly JsonElements GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_utf8.IsEmpty || (!_inside && !_reader.Read()))
        {
            return false;
        }

        _inside = true;
        if (!_reader.Read() || _reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        Current = JsonValue.Take(ref _reader, _utf8);
        return true;
    }
}
