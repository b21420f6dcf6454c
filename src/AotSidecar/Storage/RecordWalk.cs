using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>Goes from record to record of a journal and reads only those that are asked for: of the others it trusts the length.</summary>
internal sealed class RecordWalk(SafeFileHandle handle) : IDisposable
{
    /// <summary>Read at once: some dozen records of usual length.</summary>
    private const int Window = 16 * 1024;

    /// <summary>What is asked for is small; a length beyond this is a spoilt one.</summary>
    private const int MaxAsked = 1024 * 1024;

    private readonly long _size = RandomAccess.GetLength(handle);
    private byte[] _window = ArrayPool<byte>.Shared.Rent(Window);
    private long _windowAt;
    private int _filled;
    private long _at;
    private long _next;

    public RecordKind Kind { get; private set; }

    /// <summary>Of the payload, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the journal ended with a whole record, as far as its lengths say.</summary>
    public bool IsAtEnd => _next == _size;

    public bool MoveNext()
    {
        if (!JournalRecord.TryReadHeader(Bytes(_next, JournalRecord.HeaderSize), out var kind, out var length)
            || length > _size - _next - JournalRecord.HeaderSize)
        {
            return false;
        }

        (Kind, Length, _at) = (kind, length, _next);
        _next += JournalRecord.HeaderSize + length;
        return true;
    }

    /// <returns>Nothing when the record is spoilt: no payload that is asked for is empty.</returns>
    public ReadOnlySpan<byte> ReadPayload() =>
        Length <= MaxAsked && JournalRecord.TryRead(Bytes(_at, JournalRecord.HeaderSize + Length), out _, out var payload) ? payload : [];

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }

    private ReadOnlySpan<byte> Bytes(long at, int count)
    {
        if (at < _windowAt || at + count > _windowAt + _filled)
        {
            if (count > _window.Length)
            {
                ArrayPool<byte>.Shared.Return(_window);
                _window = ArrayPool<byte>.Shared.Rent(count);
            }

            (_windowAt, _filled) = (at, RandomAccess.Read(handle, _window, at));
        }

        return _window.AsSpan((int)(at - _windowAt), (int)Math.Min(count, _windowAt + _filled - at));
    }
}
