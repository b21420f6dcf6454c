using System.Text.Json;

namespace AotSidecar.Providers.Sse;

/// <summary>One member of an object.</summary>
internal readonly ref struct JsonMember(ReadOnlySpan<byte> name, JsonValue value)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public JsonValue Value { get; } = value;
}

/// <summary>Walks an object's members. Enumerating to the end validates unchecked bytes.</summary>
internal ref struct JsonMembers(ReadOnlySpan<byte> utf8, bool isChecked = false)
{
    private readonly bool _empty = utf8.IsEmpty;
    private JsonCursor _cursor = new(utf8, isChecked);
    private bool _inside;

    public JsonMember Current { get; private set; }

    public readonly JsonMembers GetEnumerator() => this;

    /// <exception cref="JsonException">The bytes are not one object.</exception>
    public bool MoveNext()
    {
        if (!_inside)
        {
            if (_empty)
            {
                return false;
            }

            _inside = _cursor.TryEnter((byte)'{') ? true : throw new JsonException();
        }

        if (!_cursor.TryReadName(out var name))
        {
            _cursor.End();
            return false;
        }

        Current = new JsonMember(name, _cursor.Take());
        return true;
    }
}

/// <summary>Enumerates a validated array.</summary>
internal ref struct JsonElements(ReadOnlySpan<byte> utf8)
{
    private readonly bool _empty = utf8.IsEmpty;
    private JsonCursor _cursor = new(utf8, isChecked: true);
    private bool _inside;

    public JsonValue Current { get; private set; }

    public readonly JsonElements GetEnumerator() => this;

    public bool MoveNext()
    {
        _inside = _inside || (!_empty && _cursor.TryEnter((byte)'['));
        if (!_inside || !_cursor.TryReadElement())
        {
            return false;
        }

        Current = _cursor.Take();
        return true;
    }
}
