namespace AotSidecar.Storage;

/// <summary>
/// Reads a journal's records in their order. A bad record that no good one follows is the tail: a write that the end of
/// the process or of the machine's power cut short, or the last record spoilt; only it is lost. A bad record with good
/// ones behind it is damage: what the journal says can no longer be trusted as a whole.
/// </summary>
internal ref struct JournalReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The end of the last good record.</summary>
    public int Position { get; private set; }

    public readonly bool HasTail => Position < _bytes.Length;

    public bool TryRead(out RecordKind kind, out ReadOnlySpan<byte> payload)
    {
        if (!JournalRecord.TryRead(_bytes[Position..], out kind, out payload))
        {
            return false;
        }

        Position += JournalRecord.HeaderSize + payload.Length;
        return true;
    }

    /// <summary>Asked when no more records can be read: whether the rest is damage and not a tail.</summary>
    public readonly bool IsDamaged()
    {
        for (var at = Position + 1; at <= _bytes.Length - JournalRecord.HeaderSize; at++)
        {
            if (JournalRecord.TryRead(_bytes[at..], out _, out _))
            {
                return true;
            }
        }

        return false;
    }
}
