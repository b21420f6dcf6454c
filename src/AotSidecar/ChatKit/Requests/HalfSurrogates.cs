namespace AotSidecar.ChatKit.Requests;

/// <summary>
/// Mends text that was cut inside an emoji before it is read. JSON can name half a surrogate pair by an escape, UTF-8
/// cannot hold one, and every reader and writer after this would stumble over it.
/// </summary>
internal static class HalfSurrogates
{
    private const int EscapeLength = 6;

    /// <summary>Replaces each half that stands alone by U+FFFD.</summary>
    /// <returns>The same memory when there is none, which is nearly always.</returns>
    public static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> json)
    {
        byte[]? mended = null;
        var text = json.Span;
        for (var at = text.IndexOf((byte)'\\'); at >= 0 && at + 1 < text.Length;)
        {
            var escape = CodeUnit(text[at..]);
            var isPair = char.IsHighSurrogate(escape) && char.IsLowSurrogate(CodeUnit(text[Math.Min(at + EscapeLength, text.Length)..]));
            if (char.IsSurrogate(escape) && !isPair)
            {
                mended ??= json.ToArray();
                "\\ufffd"u8.CopyTo(mended.AsSpan(at));
            }

            // Two characters at least: the one behind a backslash begins nothing.
            at += isPair ? 2 * EscapeLength : 2;
            var next = at < text.Length ? text[at..].IndexOf((byte)'\\') : -1;
            at = next < 0 ? -1 : at + next;
        }

        return mended ?? json;
    }

    /// <returns>NUL for anything but a whole <c>\uXXXX</c>.</returns>
    private static char CodeUnit(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeLength && text[0] == '\\' && text[1] == 'u'
        && ushort.TryParse(text[2..EscapeLength], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var unit)
            ? (char)unit
            : '\0';
}
