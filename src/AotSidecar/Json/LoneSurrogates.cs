using System.Buffers.Text;

namespace AotSidecar.Json;

/// <summary>
/// Replaces escaped lone surrogates by U+FFFD, which has the same length. JavaScript writes a string that was cut in
/// the middle of an emoji as <c>\ud83d</c>, and .NET refuses to decode that.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6;

    /// <summary>Replaces in place.</summary>
    public static void Replace(Span<byte> json)
    {
        for (var at = Find(json, 0); at >= 0; at = Find(json, at + EscapeLength))
        {
            "\\ufffd"u8.CopyTo(json[at..]);
        }
    }

    /// <summary>Replaces in a copy.</summary>
    /// <returns>The same memory when there is nothing to replace, which is nearly always.</returns>
    public static ReadOnlyMemory<byte> Replaced(ReadOnlyMemory<byte> json)
    {
        if (Find(json.Span, 0) < 0)
        {
            return json;
        }

        var copy = json.ToArray();
        Replace(copy);
        return copy;
    }

    /// <returns>Position of the next lone surrogate's backslash, or -1.</returns>
    private static int Find(ReadOnlySpan<byte> json, int at)
    {
        while (json[at..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            at += next;
            if (Unit(json, at) is not { } unit || !char.IsSurrogate(unit))
            {
                // Skip both bytes of the escape: in <c>\\</c> the second backslash starts nothing.
                at = Math.Min(at + 2, json.Length);
            }
            else if (char.IsHighSurrogate(unit) && Unit(json, at + EscapeLength) is { } second && char.IsLowSurrogate(second))
            {
                at += 2 * EscapeLength;
            }
            else
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Decodes <c>\uXXXX</c> at this position; null if there is none.</summary>
    private static char? Unit(ReadOnlySpan<byte> json, int at) =>
        at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
        && Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort unit, out var read, 'x') && read == 4
            ? (char)unit
            : null;
}
