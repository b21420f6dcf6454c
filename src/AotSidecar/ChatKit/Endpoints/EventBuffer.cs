using System.Buffers;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// Collects events until they are written together. Kestrel's writer takes two locks for each piece, which costs more
/// than all other work on a delta; here a piece is a copy.
/// </summary>
internal sealed class EventBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>About twenty deltas; more are collected only from a very fast provider.</summary>
    private const int FirstSize = 4 * 1024;

    /// <summary>A larger buffer was for one large event: it is neither kept nor pooled.</summary>
    private const int MaxPooled = 256 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > MaxPooled)
        {
            _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);
        }
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Cleared, so that no chat's text stays in the pool.</summary>
    public void Dispose()
    {
        Return();
        (_bytes, Length) = ([], 0);
    }

    private void EnsureRoom(int count)
    {
        count = Math.Max(count, 1);
        if (_bytes.Length - Length < count)
        {
            var size = Math.Max(Length + count, _bytes.Length * 2);
            var larger = size > MaxPooled ? GC.AllocateUninitializedArray<byte>(size) : ArrayPool<byte>.Shared.Rent(size);
            Written.Span.CopyTo(larger);
            Return();
            _bytes = larger;
        }
    }

    private void Return()
    {
        if (_bytes.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        }
    }
}
