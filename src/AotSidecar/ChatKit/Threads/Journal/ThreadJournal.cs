using System.Text;
using System.Text.Json;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>One thread's changes in one file, which is open only while the thread is in memory.</summary>
internal sealed class ThreadJournal(string threadId, JournalArchive archive) : ThreadLog
{
    /// <summary>Minimum garbage for a compaction, in bytes.</summary>
    private const int MinGarbage = 64 * 1024;

    private JournalFile? _file;
    private bool _isNew;
    private bool _isDeleted;

    private string FilePath => archive.PathOf(threadId);

    public int Length => _file?.Length ?? 0;

    public static ThreadJournal New(string threadId, JournalArchive archive) => new(threadId, archive) { _isNew = true };

    public override void Keep(long bytes) => archive.Keep(bytes);

    public override void Begin(StoredThread thread, ThreadContent content)
    {
        var file = JournalFile.Create(archive.Directory, FilePath);
        try
        {
            foreach (var (kind, payload) in Records(thread, content))
            {
                file.Append(kind, payload.Span);
            }
        }
        catch (StorageException)
        {
            file.Dispose();
            archive.DeleteFile(FilePath);
            throw;
        }

        (_file, _isNew) = (file, false);
        archive.Index.Put(OwnerOf(thread));
    }

    public override void Write(StoredThread thread, ThreadChange change)
    {
        if (_isNew || _isDeleted)
        {
            return;
        }

        var (kind, payload) = Record(change);
        _file!.Append(kind, payload.Span);
    }

    public override ThreadContent Read(StoredThread thread)
    {
        var content = new ThreadContent();
        if (_isDeleted)
        {
            return content;
        }

        ThreadOwner? owner = null;
        var live = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            _file = JournalFile.Open(archive.Directory, FilePath, (kind, payload) =>
            {
                if (kind == RecordKind.Thread)
                {
                    owner = ReadOwner(thread.Id, payload);
                }
                else
                {
                    var change = ReadRecord(kind, payload);
                    content.Apply(change);
                    live[change is ThreadChange.Stored(var item, _) ? item.Id : ""] = JournalRecord.HeaderSize + payload.Length;
                }
            });
        }
        catch (StorageException e) when (e.Reason == StorageFailure.Unreadable)
        {
            archive.Index.Remove(thread.Id);
            throw;
        }

        RefuseAnothers(thread, owner);
        var garbage = _file.Length - content.Items.Sum(stored => (long)live[stored.Id]);
        if (garbage > MinGarbage && garbage > _file.Length / 2)
        {
            Compact(thread, content);
        }

        return content;
    }

    public override ThreadHead ReadHead(StoredThread thread)
    {
        if (_isNew || _isDeleted)
        {
            return ThreadHead.New;
        }

        if (ThreadSummary.TryRead(FilePath, threadId) is { } summary)
        {
            RefuseAnothers(thread, summary.Owner);
            return summary.Head;
        }

        var content = Read(thread);
        Release();
        return content.Head;
    }

    public override void Release()
    {
        _file?.Dispose();
        _file = null;
    }

    public override void Delete()
    {
        if (_isNew || _isDeleted)
        {
            return;
        }

        archive.DeleteFile(FilePath);
        _isDeleted = true;
        Release();
        archive.Index.Remove(threadId);
    }

    public override void Used(StoredThread thread)
    {
        if (!_isNew && !_isDeleted)
        {
            archive.Loaded.Used(thread, Length);
        }
    }

    /// <exception cref="InvalidDataException">Another thread's journal, or an unknown format.</exception>
    public static ThreadOwner ReadOwner(string threadId, ReadOnlySpan<byte> payload)
    {
        var owner = JournalJson.Required(JsonSerializer.Deserialize(payload, JournalJson.Disk.ThreadOwner));
        return owner.Version == ThreadOwner.CurrentVersion && owner.Id == threadId ? owner : throw new InvalidDataException();
    }

    public static ThreadHead ReadHead(ReadOnlySpan<byte> payload) =>
        JournalJson.Required(JsonSerializer.Deserialize(payload, JournalJson.Disk.ThreadHead));

    /// <summary>
    /// If the index names another owner than the journal, it is wrong: the thread stays hidden until the index has been
    /// rebuilt.
    /// </summary>
    private void RefuseAnothers(StoredThread thread, ThreadOwner? owner)
    {
        if (owner != OwnerOf(thread))
        {
            Release();
            archive.Index.Remove(threadId);
            throw new StorageException(StorageFailure.Unreadable);
        }
    }

    private static ThreadOwner OwnerOf(StoredThread thread) =>
        new(ThreadOwner.CurrentVersion, thread.Id, thread.User, thread.CreatedAt);

    private static ThreadChange ReadRecord(RecordKind kind, ReadOnlySpan<byte> payload) => kind switch
    {
        RecordKind.Head => new ThreadChange.HeadReplaced(ReadHead(payload)),
        RecordKind.Item => JournalJson.ReadItem(payload),
        RecordKind.ItemRemoved => new ThreadChange.Removed(Encoding.UTF8.GetString(payload)),
        RecordKind.ItemsRemovedAfter => new ThreadChange.RemovedAfter(Encoding.UTF8.GetString(payload)),
        _ => throw new InvalidDataException(),
    };

    private static IEnumerable<(RecordKind Kind, ReadOnlyMemory<byte> Payload)> Records(StoredThread thread, ThreadContent content)
    {
        yield return (RecordKind.Thread, JsonSerializer.SerializeToUtf8Bytes(OwnerOf(thread), JournalJson.Disk.ThreadOwner));
        yield return Record(new ThreadChange.HeadReplaced(content.Head));
        foreach (var stored in content.Items)
        {
            yield return Record(new ThreadChange.Stored(stored.Item, stored.Replay));
        }
    }

    private static (RecordKind Kind, ReadOnlyMemory<byte> Payload) Record(ThreadChange change) => change switch
    {
        ThreadChange.Stored(var item, var replay) => (RecordKind.Item, JournalJson.WriteItem(item, replay)),
        ThreadChange.Removed(var id) => (RecordKind.ItemRemoved, Encoding.UTF8.GetBytes(id)),
        ThreadChange.RemovedAfter(var id) => (RecordKind.ItemsRemovedAfter, Encoding.UTF8.GetBytes(id)),
        ThreadChange.HeadReplaced(var head) => (RecordKind.Head, JsonSerializer.SerializeToUtf8Bytes(head, JournalJson.Disk.ThreadHead)),
        _ => throw new System.Diagnostics.UnreachableException(change.GetType().Name),
    };

    /// <summary>
    /// Rewrites the journal with the current content. If that fails, the old journal, which is equivalent, stays.
    /// </summary>
    private void Compact(StoredThread thread, ThreadContent content)
    {
        Release();
        try
        {
            PrivateFiles.Replace(FilePath, Records(thread, content).Select(static record => JournalRecord.Frame(record.Kind, record.Payload.Span)));
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            _ = archive.Directory.Failed(e);
        }

        _file = JournalFile.Open(archive.Directory, FilePath, static (_, _) => { });
    }
}
