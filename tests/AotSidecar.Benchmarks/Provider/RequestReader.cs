using System.Buffers.Text;
using System.Text;

namespace AotSidecar.Benchmarks.Provider;

/// <summary>Collects one request and says when it is complete; understands just what relays send.</summary>
internal sealed class RequestReader
{
    private byte[] _bytes = new byte[16 * 1024];
    private int _length;

    public Span<byte> Free
    {
        get
        {
            if (_bytes.Length - _length < 4096)
            {
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }

            return _bytes.AsSpan(_length);
        }
    }

    /// <returns>The request line and the model it names, or null while bytes are missing.</returns>
    public (string Line, string Model)? Advance(int read)
    {
        _length += read;
        var request = _bytes.AsSpan(0, _length);
        var head = request.IndexOf("\r\n\r\n"u8);
        if (head < 0 || !IsComplete(request, head))
        {
            return null;
        }

        var line = Encoding.ASCII.GetString(request[..request.IndexOf("\r\n"u8)]);
        var model = Model(request[head..]);
        _length = 0;
        return (line, model);
    }

    private static bool IsComplete(ReadOnlySpan<byte> request, int head)
    {
        var text = Encoding.ASCII.GetString(request[..head]);
        var at = text.IndexOf("\r\nContent-Length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return !text.Contains("\r\nTransfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)
                || request.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var digits = request[(at + "\r\nContent-Length:".Length)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(digits, out int length, out _) && request.Length >= head + 4 + length;
    }

    private static string Model(ReadOnlySpan<byte> body)
    {
        var mark = "\"model\":\""u8;
        var at = body.IndexOf(mark);
        if (at < 0)
        {
            return "";
        }

        var name = body[(at + mark.Length)..];
        return Encoding.UTF8.GetString(name[..Math.Max(name.IndexOf((byte)'"'), 0)]);
    }
}
