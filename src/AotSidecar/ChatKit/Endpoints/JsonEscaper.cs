using System.Buffers;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>Escapes UTF-8 text for a JSON string: quotes, backslashes and controls, everything else as it is.</summary>
internal static class JsonEscaper
{
    /// <summary>A control character becomes six bytes.</summary>
    public const int MaxExpansion = 6;

    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static value => (byte)value), (byte)'"', (byte)'\\']);

    private static ReadOnlySpan<byte> Hex => "0123456789abcdef"u8;

    /// <returns>The bytes written.</returns>
    public static int Escape(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var plain = utf8.IndexOfAny(Special);
            if (plain < 0)
            {
                utf8.CopyTo(destination[written..]);
                return written + utf8.Length;
            }

            utf8[..plain].CopyTo(destination[written..]);
            written += plain;
            written += EscapeOne(utf8[plain], destination[written..]);
            utf8 = utf8[(plain + 1)..];
        }
    }

    private static int EscapeOne(byte value, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        var letter = value switch
        {
            (byte)'"' or (byte)'\\' => value,
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)'u',
        };
        destination[1] = letter;
        if (letter != 'u')
        {
            return 2;
        }

        "00"u8.CopyTo(destination[2..]);
        destination[4] = Hex[value >> 4];
        destination[5] = Hex[value & 15];
        return 6;
    }
}
