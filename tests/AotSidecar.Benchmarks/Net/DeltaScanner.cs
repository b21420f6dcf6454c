namespace AotSidecar.Benchmarks.Net;

/// <summary>Counts the deltas in a streamed body and, when asked, how long each was under way. Never parses JSON: the load must be cheap.</summary>
internal sealed class DeltaScanner
{
    private static readonly int MarkLength = Mark.Length - 1 + Stamp.Length;

    private readonly byte[] _seam = new byte[2 * MarkLength];
    private int _kept;

    private static ReadOnlySpan<byte> Mark => "\"delta\":\"@"u8;

    public int Count { get; private set; }

    /// <summary>When the first delta of this reply left the provider.</summary>
    public long FirstSent { get; private set; }

    /// <summary>Receives nanoseconds per delta; null when nobody asks.</summary>
    public List<long>? Latencies { get; set; }

    public void Reset() => (_kept, Count, FirstSent) = (0, 0, 0);

    public void Feed(ReadOnlySpan<byte> body, long now)
    {
        // A delta may lie across two reads: the end of the last one is joined with the start of this one, once.
        if (_kept > 0)
        {
            var head = body[..Math.Min(body.Length, MarkLength - 1)];
            head.CopyTo(_seam.AsSpan(_kept));
            Scan(_seam.AsSpan(0, _kept + head.Length), now);
            if (body.Length < MarkLength - 1)
            {
                Keep(_seam.AsSpan(0, _kept + head.Length));
                return;
            }
        }

        Scan(body, now);
        Keep(body);
    }

    private void Scan(ReadOnlySpan<byte> bytes, long now)
    {
        for (int at; (at = bytes.IndexOf(Mark)) >= 0 && bytes.Length - at >= MarkLength; bytes = bytes[(at + MarkLength)..])
        {
            var sent = Stamp.Read(bytes.Slice(at + Mark.Length - 1, Stamp.Length));
            FirstSent = Count++ == 0 ? sent : FirstSent;
            Latencies?.Add(now - sent);
        }
    }

    /// <summary>Keeps one byte less than a whole mark, so that what was counted cannot be counted again.</summary>
    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var tail = bytes[^Math.Min(bytes.Length, MarkLength - 1)..];
        tail.CopyTo(_seam);
        _kept = tail.Length;
    }
}
