using System.Text.Json;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>What a list shows of a thread, read from its journal without the items.</summary>
internal sealed record ThreadSummary(ThreadOwner Owner, ThreadHead Head)
{
    /// <returns>Null when something is unusual and the whole journal has to be read.</returns>
    public static ThreadSummary? TryRead(string path, string threadId)
    {
        try
        {
            using var handle = PrivateFiles.Open(path, FileMode.Open);
            using var records = new RecordWalk(handle);
            ThreadOwner? owner = null;
            var head = ThreadHead.New;
            while (records.MoveNext())
            {
                switch (records.Kind)
                {
                    case RecordKind.Thread:
                        owner = ThreadJournal.ReadOwner(threadId, records.ReadPayload());
                        break;
                    case RecordKind.Head:
                        head = ThreadJournal.ReadHead(records.ReadPayload());
                        break;
                    case RecordKind.Item or RecordKind.ItemRemoved or RecordKind.ItemsRemovedAfter:
                        break;
                    default:
                        return null;
                }
            }

            return !records.HasTail && owner is not null ? new ThreadSummary(owner, head) : null;
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e) || e is InvalidDataException or JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
