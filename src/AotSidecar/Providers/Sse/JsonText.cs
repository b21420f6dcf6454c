using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Unescapes a JSON string. Unlike the framework it never throws: lone surrogates and invalid UTF-8 become U+FFFD,
/// because one odd character must not end an answer.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// A surrogate carried over from the previous piece may add three bytes; unescaping never grows text otherwise.
    /// </summary>
    public const int Slack = 3;

    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    public static string Decode(ReadOnlySpan<byte> characters, bool escaped)
    {
        if (!escaped)
        {
            return Encoding.UTF8.GetString(characters);
        }

        var resolved = new byte[characters.Length + Slack];
        var half = '\0';
        var length = Resolve(characters, resolved, ref half);
        return Encoding.UTF8.GetString(resolved, 0, length) + (half == '\0' ? "" : "\uFFFD");
    }

    /// <param name="half">A high surrogate waiting for its other half, before and after; zero for none.</param>
    public static int Resolve(ReadOnlySpan<byte> characters, Span<byte> target, ref char half)
    {
        var written = 0;
        while (!characters.IsEmpty)
        {
            var plain = characters.IndexOf((byte)'\\');
            var run = plain < 0 ? characters : characters[..plain];
            if (!run.IsEmpty)
            {
                written += Abandon(ref half, target[written..]);
                run.CopyTo(target[written..]);
                written += run.Length;
            }

            characters = characters[run.Length..];
            if (characters.Length < 2)
            {
                break;
            }

            if (characters[1] == 'u' && characters.Length >= 6)
            {
                written += Unit(Hex(characters.Slice(2, 4)), ref half, target[written..]);
                characters = characters[6..];
            }
            else
            {
                written += Abandon(ref half, target[written..]);
                target[written++] = Simple(characters[1]);
                characters = characters[2..];
            }
        }

        return written;
    }

    /// <summary>Replaces a pending high surrogate by U+FFFD.</summary>
    public static int Abandon(ref char half, Span<byte> target)
    {
        if (half == '\0')
        {
            return 0;
        }

        half = '\0';
        Replacement.CopyTo(target);
        return Replacement.Length;
    }

    /// <summary>Replaces invalid UTF-8 by U+FFFD.</summary>
    public static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));

    private static int Unit(char unit, ref char half, Span<byte> target)
    {
        if (char.IsLowSurrogate(unit) && half != '\0')
        {
            var pair = new Rune(half, unit);
            half = '\0';
            return pair.EncodeToUtf8(target);
        }

        var written = Abandon(ref half, target);
        if (char.IsHighSurrogate(unit))
        {
            half = unit;
            return written;
        }

        return written + (Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(target[written..]);
    }

    private static char Hex(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'t' => (byte)'\t',
        (byte)'r' => (byte)'\r',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => letter,
    };
}
