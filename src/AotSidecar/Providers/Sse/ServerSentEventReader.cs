using System.Buffers;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Splits a byte stream into server-sent events and returns each event's data in place, in the read buffer. Event
/// names, ids and retry times are ignored, because providers set them wrongly; the JSON's own type decides. Lines end
/// with LF, CR or CRLF; several data lines are joined with LF; a last event without its blank line still counts.
/// </summary>
/// <remarks>
/// The buffer holds at most one event plus what the last read brought. An event without an end cannot grow it past <see
/// cref="StreamLimits"/>: the length is checked on each read, not when the line is complete.
/// </remarks>
internal sealed class ServerSentEventReader(Stream stream, StreamLimits limits) : IDisposable
{
    /// <summary>Fits about a hundred deltas, so a fast stream is read in few calls.</summary>
    private const int InitialSize = 32 << 10;

    /// <summary>Only used to classify failures.</summary>
    private const int ErrorLineLength = 2 << 10;

    private readonly EventWeight _weight = new(limits);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _lineStart;
    private int _scanned;
    private int _end;
    private int _dataStart;
    private int _dataLength;
    private bool _hasData;
    private bool _afterCarriageReturn;
    private bool _pastFirstLine;
    private bool _ended;
    private long _total;

    /// <summary>
    /// The value of an <c>error:</c> line: not a field of the format, but how some servers report failures.
    /// </summary>
    public byte[]? ErrorLine { get; private set; }

    /// <summary>The bytes read and not yet handed out; lets a caller guess what an unlabelled body is.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_lineStart, _end - _lineStart);

    /// <summary>The next event among the bytes already read.</summary>
    /// <param name="data">Valid until the next call of any method; never empty.</param>
    public bool TryRead(out ReadOnlyMemory<byte> data)
    {
        while (TryReadLine(out var start, out var end))
        {
            if (start == end)
            {
                if (TryTakeEvent(out data))
                {
                    return true;
                }
            }
            else
            {
                AcceptLine(start, end);
            }
        }

        data = default;
        return _ended && TryTakeEvent(out data);
    }

    /// <summary>Reads more bytes.</summary>
    /// <returns>False at the end of the stream; <see cref="TryRead"/> may then give one last event.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        _total += count;
        _ended = count == 0;
        return _total <= limits.Total ? !_ended : throw new UpstreamException(UpstreamFailures.TooLarge);
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _end = _scanned = _lineStart = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        stream.Dispose();
    }

    private bool TryReadLine(out int start, out int end)
    {
        if (_afterCarriageReturn && _scanned < _end)
        {
            _afterCarriageReturn = false;
            if (_buffer[_scanned] == '\n')
            {
                _lineStart = ++_scanned;
            }
        }

        start = _lineStart;
        var length = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\n', (byte)'\r');
        if (length >= 0)
        {
            end = _scanned + length;
            _scanned = end + 1;
            _lineStart = _scanned;
            _afterCarriageReturn = _buffer[end] == '\r';
            _weight.Check(_buffer.AsSpan(start, end - start), EventLength(end));
            return true;
        }

        end = _scanned = _end;
        _weight.Check(_buffer.AsSpan(start, end - start), EventLength(end));
        if (!_ended || start == end)
        {
            return false;
        }

        _lineStart = end;
        return true;
    }

    private int EventLength(int end) => _hasData ? end - _dataStart : 0;

    private void AcceptLine(int start, int end)
    {
        var line = _buffer.AsSpan(start, end - start);
        if (!_pastFirstLine)
        {
            _pastFirstLine = true;
            if (line.StartsWith("\uFEFF"u8))
            {
                start += 3;
                line = line[3..];
            }
        }

        if (line.StartsWith("data"u8) && (line.Length == 4 || line[4] == ':'))
        {
            AppendData(Math.Min(line.Length > 5 && line[5] == ' ' ? start + 6 : start + 5, end), end);
        }
        else if (line.StartsWith("event:"u8))
        {
            _weight.Name(line[6..]);
        }
        else if (line.StartsWith("error:"u8))
        {
            ErrorLine = line[6..Math.Min(line.Length, 6 + ErrorLineLength)].ToArray();
        }
    }

    /// <summary>
    /// Moves later data lines next to the first; there is always room, since a field name and a line end lie between.
    /// </summary>
    private void AppendData(int start, int end)
    {
        if (!_hasData)
        {
            (_hasData, _dataStart, _dataLength) = (true, start, end - start);
            return;
        }

        var target = _dataStart + _dataLength;
        _buffer[target] = (byte)'\n';
        _buffer.AsSpan(start, end - start).CopyTo(_buffer.AsSpan(target + 1));
        _dataLength += 1 + end - start;
    }

    private bool TryTakeEvent(out ReadOnlyMemory<byte> data)
    {
        data = _hasData ? _buffer.AsMemory(_dataStart, _dataLength) : default;
        _hasData = false;
        _weight.EventEnded();
        return data.Length > 0;
    }

    private void MakeRoom()
    {
        var keep = _hasData ? _dataStart : _lineStart;
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            (_lineStart, _scanned, _end, _dataStart) =
                (_lineStart - keep, _scanned - keep, _end - keep, _dataStart - keep);
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
