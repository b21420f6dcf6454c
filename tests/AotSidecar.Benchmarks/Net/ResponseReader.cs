using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace AotSidecar.Benchmarks.Net;

/// <summary>Takes one HTTP/1.1 response apart as its bytes arrive: status, and a body by length or in chunks.</summary>
internal sealed class ResponseReader(DeltaScanner deltas)
{
    // More than any head of the servers under test; a longer one is a defect to be seen, not to be served.
    private const int HeadLimit = 8 * 1024;

    private readonly List<byte> _line = [];
    private Part _part;
    private long _left;

    private enum Part
    {
        Head,
        Sized,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
        Complete,
    }

    public int Status { get; private set; }

    public bool IsComplete => _part == Part.Complete;

    /// <summary>The body is kept only when asked for: a load of small requests does not need it.</summary>
    public MemoryStream? Body { get; set; }

    public void Reset()
    {
        (_part, _left, Status) = (Part.Head, 0, 0);
        _line.Clear();
        deltas.Reset();
        Body?.SetLength(0);
    }

    public void Feed(ReadOnlySpan<byte> bytes, long now)
    {
        while (!bytes.IsEmpty && _part != Part.Complete)
        {
            bytes = _part switch
            {
                Part.Head => Head(bytes),
                Part.Sized or Part.ChunkData => Data(bytes, now),
                _ => Line(bytes),
            };
        }
    }

    private ReadOnlySpan<byte> Head(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (_line.Count == 0 && end >= 0)
        {
            ReadHead(bytes[..(end + 2)]);
            return bytes[(end + 4)..];
        }

        _line.Add(bytes[0]);
        if (_line.Count > HeadLimit)
        {
            throw new InvalidDataException("A response head is too long.");
        }

        if (_line.Count >= 4 && bytes[0] == '\n' && _line[^2] == '\r' && _line[^3] == '\n')
        {
            ReadHead(_line.ToArray());
            _line.Clear();
        }

        return bytes[1..];
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        Status = Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _) ? status : 0;
        var text = Encoding.ASCII.GetString(head);
        var length = text.IndexOf("\r\nContent-Length:", StringComparison.OrdinalIgnoreCase);
        if (length >= 0)
        {
            _left = Number(head[(length + "\r\nContent-Length:".Length)..].TrimStart((byte)' '));
            _part = _left == 0 ? Part.Complete : Part.Sized;
        }
        else
        {
            _part = text.Contains("chunked", StringComparison.OrdinalIgnoreCase) ? Part.ChunkSize : Part.Complete;
        }
    }

    private ReadOnlySpan<byte> Data(ReadOnlySpan<byte> bytes, long now)
    {
        var data = bytes[..(int)Math.Min(bytes.Length, _left)];
        deltas.Feed(data, now);
        Body?.Write(data);
        _left -= data.Length;
        if (_left == 0)
        {
            _part = _part == Part.Sized ? Part.Complete : Part.ChunkEnd;
        }

        return bytes[data.Length..];
    }

    private ReadOnlySpan<byte> Line(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != '\n')
        {
            _line.Add(bytes[0]);
            return bytes[1..];
        }

        var empty = _line.Count <= 1;
        switch (_part)
        {
            case Part.ChunkSize:
                _left = Number(CollectionsMarshal.AsSpan(_line), 'x');
                _part = _left == 0 ? Part.Trailer : Part.ChunkData;
                break;
            case Part.ChunkEnd:
                _part = Part.ChunkSize;
                break;
            case Part.Trailer when empty:
                _part = Part.Complete;
                break;
            default:
                break;
        }

        _line.Clear();
        return bytes[1..];
    }

    private static long Number(ReadOnlySpan<byte> digits, char format = default) =>
        Utf8Parser.TryParse(digits, out long number, out _, format)
            ? number
            : throw new InvalidDataException("A response's length is not a number.");
}
