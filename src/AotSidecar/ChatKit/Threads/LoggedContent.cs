using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// A thread's content and its log, kept in step: loads, changes and unloads it, and counts the memory that it takes.
/// All members but <see cref="IsLost"/> are called with the thread's lock held.
/// </summary>
internal sealed class LoggedContent(StoredThread thread, ThreadLog log)
{
    private ThreadContent? _content;
    private volatile bool _isLost;

    /// <summary>Whether the log is damaged or deleted.</summary>
    public bool IsLost => _isLost;

    /// <summary>Starts a new thread, which is in no log yet.</summary>
    public void Create() => _content = new ThreadContent();

    /// <exception cref="StorageException">The log cannot be read.</exception>
    public ThreadHead ReadHead() => _content?.Head ?? Read(log.ReadHead);

    /// <exception cref="StorageException">The thread cannot be stored.</exception>
    public void Begin() => log.Begin(thread, _content!);

    /// <exception cref="StorageException">The log cannot be deleted.</exception>
    public void Delete()
    {
        log.Delete();
        _isLost = true;
        if (_content is { } content)
        {
            log.Keep(-content.Weight);
            _content = new ThreadContent();
        }
    }

    public void Unload()
    {
        if (_content is { } content)
        {
            log.Keep(-content.Weight);
        }

        _content = null;
        log.Release();
    }

    /// <summary>The content, which stays in memory.</summary>
    /// <exception cref="StorageException">It cannot be read, or there is no memory for it.</exception>
    public ThreadContent Load()
    {
        if (_content is not null)
        {
            return _content;
        }

        var content = Read(log.Read);
        try
        {
            log.Keep(content.Weight);
        }
        catch (StorageException)
        {
            log.Release();
            throw;
        }

        return _content = content;
    }

    /// <summary>The content, which does not stay in memory if it was not there.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public ThreadContent Peek()
    {
        if (_content is not null)
        {
            return _content;
        }

        var content = Read(log.Read);
        log.Release();
        return content;
    }

    /// <summary>Writes a change to the log, then applies it in memory.</summary>
    /// <exception cref="StorageException">The change cannot be kept, and has not been made.</exception>
    public void Make(ThreadChange change)
    {
        var content = Load();
        if (_isLost)
        {
            // The thread was deleted while it is being answered: the change goes with the answer.
            content.Apply(change);
            return;
        }

        var (weight, room) = (content.Weight, 0L);
        if (change is ThreadChange.Stored { InItsPlace: var stored })
        {
            var earlier = content.Find(stored.Id)?.Size ?? 0;
            if (stored.Size > earlier && content.Size - earlier + stored.Size > StoredThread.MaxSize)
            {
                throw new StorageException(StorageFailure.TooLarge);
            }

            // What it replaces is counted too until it is gone.
            room = stored.Weight;
            log.Keep(room);
        }

        try
        {
            log.Write(thread, change);
            content.Apply(change);
        }
        finally
        {
            log.Keep(content.Weight - weight - room);
        }
    }

    private T Read<T>(Func<StoredThread, T> read)
    {
        try
        {
            return read(thread);
        }
        catch (StorageException e) when (e.Reason == StorageFailure.Unreadable)
        {
            _isLost = true;
            throw;
        }
    }
}
