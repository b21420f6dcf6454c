namespace AotSidecar.Storage;

/// <summary>
/// What comes after a journal's last good record. Without a good one in it, it is the tail: a write that the end of the
/// process or of the machine's power cut short, or the last record spoilt; only it is lost. With one it is damage: what
/// the journal says can no longer be trusted as a whole.
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
