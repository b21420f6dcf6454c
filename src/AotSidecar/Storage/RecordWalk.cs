using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>
/// Walks a journal's records, holding one at a time. Reads either all of them, or only those of some kinds; then it
/// trusts the lengths of the others.
/// </summary>
internal sealed class RecordWalk(SafeFileHandle handle) : IDisposable
{
    /// <summary>Buffer size: a few dozen usual records.</summary>
    private const int Window = 16 * 1024;

    /// <summary>The kinds that are read selectively are small; a greater length means damage.</summary>
    private const int MaxAsked = 1024 * 1024;

    private const int MaxPooled = 256 * 1024;

    private readonly long _size = RandomAccess.GetLength(handle);
    private byte[] _window = ArrayPool<byte>.Shared.Rent(Window);
    private long _windowAt;
    private int _filled;
    private long _at;

    public RecordKind Kind { get; private set; }

    /// <summary>Length of the payload, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The end of the last whole record.</summary>
    public long Position { get; private set; }

    public long TailLength => _size - Position;

    /// <summary>Whether something comes after the last whole record.</summary>
    public bool HasTail => TailLength > 0;

    /// <summary>Moves to the next record and reads it.</summary>
    /// <returns>False at the end or at a damaged record.</returns>
    public bool TryRead(out ReadOnlySpan<byte> payload)
    {
        var begin = Position;
        if (MoveNext() && JournalRecord.TryRead(Bytes(_at, JournalRecord.HeaderSize + Length), out _, out payload))
        {
            return true;
        }

        Position = begin;
        payload = [];
        return false;
    }

    /// <summary>What comes after the last whole record.</summary>
    public ReadOnlySpan<byte> ReadTail() => Bytes(Position, (int)(_size - Position));

    public bool MoveNext()
    {
        if (!JournalRecord.TryReadHeader(Bytes(Position, JournalRecord.HeaderSize), out var kind, out var length)
            || length > _size - Position - JournalRecord.HeaderSize)
        {
            return false;
        }

        (Kind, Length, _at) = (kind, length, Position);
        Position += JournalRecord.HeaderSize + length;
        return true;
    }

    /// <returns>Empty when the record is damaged: no payload that is read selectively is empty.</returns>
    public ReadOnlySpan<byte> ReadPayload() =>
        Length <= MaxAsked && JournalRecord.TryRead(Bytes(_at, JournalRecord.HeaderSize + Length), out _, out var payload) ? payload : [];

    public void Dispose()
    {
        Return();
        _window = [];
    }

    private ReadOnlySpan<byte> Bytes(long at, int count)
    {
        if (at < _windowAt || at + count > _windowAt + _filled)
        {
            if (count > _window.Length)
            {
                Return();
                _window = count > MaxPooled ? GC.AllocateUninitializedArray<byte>(count) : ArrayPool<byte>.Shared.Rent(count);
            }

            Fill(at);
        }

        return _window.AsSpan((int)(at - _windowAt), (int)Math.Min(count, _windowAt + _filled - at));
    }

    private void Fill(long at)
    {
        (_windowAt, _filled) = (at, 0);
        while (_filled < _window.Length && RandomAccess.Read(handle, _window.AsSpan(_filled), at + _filled) is var read and > 0)
        {
            _filled += read;
        }
    }

    private void Return()
    {
        if (_window.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(_window);
        }
    }
}
