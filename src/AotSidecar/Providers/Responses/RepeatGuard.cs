namespace AotSidecar.Providers.Responses;

/// <summary>
/// Drops an event that a proxy delivered twice: same sequence number, same bytes. Zero is ignored: servers that do not
/// count always send it.
/// </summary>
internal sealed class RepeatGuard
{
    /// <summary>Larger events are images and finished items; repeating those does no harm.</summary>
    private const int MaxLength = 64 << 10;

    private byte[] _last = new byte[1024];
    private int _length;
    private long _sequence;

    public bool IsRepeat(long sequence, ReadOnlySpan<byte> data)
    {
        if (sequence <= 0 || data.Length > MaxLength)
        {
            _sequence = 0;
            return false;
        }

        if (sequence == _sequence && data.SequenceEqual(_last.AsSpan(0, _length)))
        {
            return true;
        }

        if (data.Length > _last.Length)
        {
            _last = new byte[Math.Max(data.Length, _last.Length * 2)];
        }

        data.CopyTo(_last);
        (_length, _sequence) = (data.Length, sequence);
        return false;
    }
}
