using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// A value inside a provider's JSON, as a view of its bytes. Copies only on demand. Reading the wrong kind gives null
/// or 0: providers send numbers for strings, and null anywhere.
/// </summary>
internal readonly ref struct JsonValue
{
    /// <summary>Echoed tool schemas may be deep, and some compatible servers send trailing commas.</summary>
    public static readonly JsonReaderOptions Leniency = new() { MaxDepth = 256, AllowTrailingCommas = true };

    /// <param name="raw">For an object or an array: already validated.</param>
    public JsonValue(ReadOnlySpan<byte> raw, JsonTokenType kind, bool escaped)
    {
        Raw = raw;
        Kind = kind;
        HasEscapes = escaped;
    }

    public ReadOnlySpan<byte> Raw { get; }

    /// <summary><see cref="JsonTokenType.None"/> when there is no value.</summary>
    public JsonTokenType Kind { get; }

    public bool IsPresent => Kind is not (JsonTokenType.None or JsonTokenType.Null);

    public bool IsObject => Kind == JsonTokenType.StartObject;

    public bool IsArray => Kind == JsonTokenType.StartArray;

    public bool IsString => Kind == JsonTokenType.String;

    /// <summary>A string with at least one character.</summary>
    public bool HasText => IsString && Raw.Length > 2;

    /// <summary>A string's characters, escapes unresolved.</summary>
    public ReadOnlySpan<byte> Characters => IsString ? Raw[1..^1] : default;

    public bool HasEscapes { get; }

    /// <summary>The text of a value that a gateway parsed as JSON although it was text.</summary>
    public JsonValue AsText => Kind is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.StartObject
        ? OfText(Raw)
        : this;

    public JsonMembers Members => new(IsObject ? Raw : default, isChecked: true);

    public JsonElements Elements => new(IsArray ? Raw : default);

    /// <summary>A string's text, or a number's or boolean's literal; otherwise null.</summary>
    public string? Text => Kind switch
    {
        JsonTokenType.String => JsonText.Decode(Characters, HasEscapes),
        JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(Raw),
        _ => null,
    };

    public string? TextOrNullIfEmpty => Text is { Length: > 0 } text ? text : null;

    public int? Integer => Number is { } number && number is >= int.MinValue and <= int.MaxValue ? (int)number : null;

    /// <summary>Whole numbers, also when written as <c>3.0</c> or inside a string; anything else is null.</summary>
    public long? Number
    {
        get
        {
            var digits = Kind == JsonTokenType.Number ? Raw : Characters;
            if (Utf8Parser.TryParse(digits, out long number, out var used) && used == digits.Length)
            {
                return number;
            }

            return Utf8Parser.TryParse(digits, out double real, out used) && used == digits.Length
                && Math.Abs(real) < 1e15 ? (long)real : null;
        }
    }

    /// <summary>A member's value; of duplicates the last wins.</summary>
    public JsonValue this[ReadOnlySpan<byte> name]
    {
        get
        {
            var found = default(JsonValue);
            foreach (var member in Members)
            {
                if (member.Name.SequenceEqual(name))
                {
                    found = member.Value;
                }
            }

            return found;
        }
    }

    /// <summary>A string without escapes.</summary>
    public static JsonValue OfText(ReadOnlySpan<byte> utf8) =>
        new((byte[])[(byte)'"', .. utf8, (byte)'"'], JsonTokenType.String, escaped: false);

    /// <exception cref="JsonException">Not exactly one value.</exception>
    public static JsonValue Parse(ReadOnlySpan<byte> utf8)
    {
        var cursor = new JsonCursor(utf8);
        var value = cursor.Take();
        cursor.End();
        return value;
    }

    public static bool TryParse(ReadOnlySpan<byte> utf8, out JsonValue value)
    {
        try
        {
            value = Parse(utf8);
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }

    public bool Is(ReadOnlySpan<byte> text) => IsString && Characters.SequenceEqual(text);
}
