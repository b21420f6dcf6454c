using System.Text;

namespace AotSidecar.Http;

/// <summary>
/// Reads Content-Length for Kestrel, whose own reader accepts signs (<c>+48</c>, <c>-0</c>) that HTTP does not have.
/// Kestrel asks an encoding for the header's text and parses that, so whatever is not digits alone becomes a text that
/// cannot be parsed.
/// </summary>
internal sealed class PlainLength : ASCIIEncoding
{
    private static readonly PlainLength Instance = new();

    /// <summary>For <c>RequestHeaderEncodingSelector</c>; null leaves a header to Kestrel.</summary>
    public static Encoding? Select(string header) =>
        header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? Instance : null;

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.Length <= chars.Length && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return base.GetChars(bytes, chars);
        }

        chars[0] = '?';
        return 1;
    }
}
