using System.Buffers;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// Gathers events until they are written together. Kestrel's own writer takes two locks for each piece that is put into it,
/// which for a delta of a few pieces costs more than everything else that is done to it; here a piece is a copy.
/// </summary>
internal sealed class EventBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>Some twenty deltas; more are gathered only when a provider sends faster than that.</summary>
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

    /// <summary>What was said in one chat is not left in the pool for the next renter.</summary>
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
