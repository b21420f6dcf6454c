using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>
/// Escapes what JSON requires and nothing else, as the reference server does (docs/chatkit.md#framing): every encoder
/// of the framework escapes characters outside the basic plane, so an emoji would come out as two escapes.
/// </summary>
internal sealed class WireEncoder : JavaScriptEncoder
{
    private static readonly SearchValues<char> SpecialChars = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static value => (char)value), '"', '\\']);

    private static readonly SearchValues<byte> SpecialBytes = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static value => (byte)value), (byte)'"', (byte)'\\']);

    public static WireEncoder Instance { get; } = new();

    /// <summary>A control character becomes <c>\u00xx</c>.</summary>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\' or (>= 0xD800 and <= 0xDFFF);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        var special = span.IndexOfAny(SpecialChars);
        var plain = special < 0 ? span : span[..special];

        // The caller replaces a lone surrogate once it knows its position.
        var invalid = IndexOfLoneSurrogate(plain);
        return invalid >= 0 ? invalid : special;
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        var special = utf8Text.IndexOfAny(SpecialBytes);
        var plain = special < 0 ? utf8Text : utf8Text[..special];
        return Utf8.IsValid(plain) ? special : base.FindFirstCharacterToEncodeUtf8(utf8Text);
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var destination = new Span<char>(buffer, bufferLength);
        var text = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\b' => "\\b",
            '\f' => "\\f",
            < 0x20 => $"\\u{unicodeScalar:x4}",
            _ => new Rune(unicodeScalar).ToString(),
        };
        numberOfCharactersWritten = text.TryCopyTo(destination) ? text.Length : 0;
        return numberOfCharactersWritten > 0;
    }

    private static int IndexOfLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    return i;
                }

                i++;
            }
        }

        return -1;
    }
}
