namespace AotSidecar.Storage;

/// <summary>
/// The bytes after a journal's last valid run of records. If no valid record follows in them, they are a tail: an
/// interrupted write, or a damaged last record; only that is lost. If one does, the journal is damaged in the middle
/// and is not trusted.
/// </summary>
internal static class JournalTail
{
    public static bool IsDamage(ReadOnlySpan<byte> tail)
    {
        for (var at = 1; at <= tail.Length - JournalRecord.HeaderSize; at++)
        {
            if (JournalRecord.TryRead(tail[at..], out _, out _))
            {
                return true;
            }
        }

        return false;
    }
}
