using AotSidecar.Http;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>Threads in a data directory: a journal each, and the index.</summary>
internal sealed class JournalArchive(DataDirectory directory, MemoryBudget budget) : ThreadArchive, IDisposable
{
    private const string Extension = ".journal";

    public DataDirectory Directory => directory;

    public ThreadIndex Index { get; } = new(directory);

    public LoadedThreads Loaded { get; } = new();

    /// <summary>Reserves memory for a thread; others may be unloaded to make space.</summary>
    public void Keep(long bytes)
    {
        while (!budget.TryKeep(bytes))
        {
            if (!Loaded.TryUnloadOldest())
            {
                throw new StorageException(StorageFailure.MemoryFull);
            }
        }
    }

    public string PathOf(string threadId) => Path.Combine(directory.Threads, threadId + Extension);

    public override ThreadLog LogOf(string threadId) => ThreadJournal.New(threadId, this);

    public override IReadOnlyList<StoredThread> Open()
    {
        var indexed = Index.Open();
        var entries = new List<ThreadOwner>(indexed?.Count ?? 0);
        var isStale = indexed is null;
        foreach (var id in FileNames())
        {
            if (indexed?.GetValueOrDefault(id) is not { } entry)
            {
                isStale = true;
                if (Ask(id) is not { } asked)
                {
                    continue;
                }

                entry = asked;
            }

            entries.Add(entry);
        }

        entries.Sort(static (a, b) => a.CreatedAt != b.CreatedAt ? a.CreatedAt.CompareTo(b.CreatedAt) : string.CompareOrdinal(a.Id, b.Id));
        if (isStale || indexed?.Count != entries.Count)
        {
            directory.Missing(indexed?.Keys.Except(entries.Select(static entry => entry.Id)).Count() ?? 0);
            Index.Replace(entries);
            directory.IndexRebuilt(entries.Count);
        }

        return [.. entries.Select(entry =>
            new StoredThread(new ThreadJournal(entry.Id, this), entry.Id, entry.User, entry.CreatedAt))];
    }

    /// <exception cref="StorageException">The file could not be deleted.</exception>
    public void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            throw directory.Failed(e);
        }
    }

    public void Dispose() => Index.Close();

    /// <summary>Ids of all journals. Deletes leftovers of interrupted compactions.</summary>
    private IEnumerable<string> FileNames()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(directory.Threads))
        {
            var name = Path.GetFileName(path);
            if (name.EndsWith(Extension, StringComparison.Ordinal) && name.StartsWith(ItemIds.Thread + "_", StringComparison.Ordinal))
            {
                yield return name[..^Extension.Length];
            }
            else if (name.EndsWith(Extension + ".new", StringComparison.Ordinal))
            {
                DeleteFile(path);
            }
        }
    }

    /// <summary>Reads a journal that the index does not know.</summary>
    private ThreadOwner? Ask(string threadId)
    {
        // The process ended before the first record; nobody was told of this thread.
        if (new FileInfo(PathOf(threadId)).Length == 0)
        {
            DeleteFile(PathOf(threadId));
            return null;
        }

        if (ThreadSummary.TryRead(PathOf(threadId), threadId) is { Owner: var known })
        {
            return known;
        }

        ThreadOwner? owner = null;
        try
        {
            // Only the items' checksums are verified; they are parsed when needed.
            using var file = JournalFile.Open(
                directory, PathOf(threadId), (_, payload) => owner ??= ThreadJournal.ReadOwner(threadId, payload));
            return owner;
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
