using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AotSidecar.Bridge;

/// <summary>
/// Header-delimited framing, the LSP base protocol: <c>Content-Length: n CR LF CR LF</c> and n bytes of UTF-8 JSON. The
/// peer (vscode-jsonrpc) reads liberally; this side does not, because the length decides how much is allocated. Unknown
/// headers are ignored; a bad length, a long header block or bare line feeds end the connection.
/// </summary>
internal static class MessageFraming
{
    public const int MaxFrame = 1024 * 1024;
    public const int MaxHeaderBlock = 1024;

    private static ReadOnlySpan<byte> HeaderEnd => "\r\n\r\n"u8;

    /// <summary>Removes one complete message from the front of the buffer.</summary>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="BridgeProtocolException">The bytes cannot be the beginning of a message.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        var header = buffer.Slice(0, Math.Min(buffer.Length, MaxHeaderBlock));
        Span<byte> block = stackalloc byte[MaxHeaderBlock];
        header.CopyTo(block);
        block = block[..(int)header.Length];
        var end = block.IndexOf(HeaderEnd);
        if (end < 0)
        {
            RefuseHopeless(block);
            return false;
        }

        var length = ReadLength(block[..(end + 2)]);
        var total = end + HeaderEnd.Length + length;
        if (buffer.Length < total)
        {
            return false;
        }

        message = buffer.Slice(end + HeaderEnd.Length, length);
        buffer = buffer.Slice(total);
        return true;
    }

    public static byte[] Header(int length) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n\r\n"));

    private static void RefuseHopeless(ReadOnlySpan<byte> block)
    {
        if (block.Length == MaxHeaderBlock)
        {
            throw new BridgeProtocolException("a header block is longer than 1 KiB");
        }

        for (var at = block.IndexOf((byte)'\n'); at >= 0; at = Next(block, at))
        {
            if (at == 0 || block[at - 1] != '\r')
            {
                throw new BridgeProtocolException("a header line does not end in CR LF");
            }
        }

        static int Next(ReadOnlySpan<byte> block, int at)
        {
            var next = block[(at + 1)..].IndexOf((byte)'\n');
            return next < 0 ? -1 : at + 1 + next;
        }
    }

    /// <param name="lines">Header lines, each with its CR LF.</param>
    private static int ReadLength(ReadOnlySpan<byte> lines)
    {
        var length = -1;
        while (lines.Length > 0)
        {
            var end = lines.IndexOf("\r\n"u8);
            var line = lines[..end];
            lines = lines[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line.Contains((byte)'\n') || line.Contains((byte)'\r'))
            {
                throw new BridgeProtocolException("a header line is malformed");
            }

            var value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Length"u8))
            {
                length = length < 0 ? ParseLength(value) : throw new BridgeProtocolException("Content-Length is given twice");
            }
            else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Type"u8) && !IsUtf8(value))
            {
                throw new BridgeProtocolException("Content-Type names another charset than utf-8");
            }
        }

        return length >= 0 ? length : throw new BridgeProtocolException("Content-Length is missing");
    }

    private static int ParseLength(ReadOnlySpan<byte> digits)
    {
        var plain = digits.Length is > 0 and <= 10 && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9');
        return plain && Utf8Parser.TryParse(digits, out long length, out _) && length <= MaxFrame
            ? (int)length
            : throw new BridgeProtocolException("Content-Length is not plain digits of at most 1 MiB");
    }

    private static bool IsUtf8(ReadOnlySpan<byte> value)
    {
        var text = Encoding.ASCII.GetString(value);
        var at = text.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return at < 0 || text[(at + 8)..].Trim('"', ' ') is var charset
            && (charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase));
    }
}
