using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// One thread with its items. All members may be used from any thread. A change is written to the thread's log first
/// and then applied in memory, under one lock; if it cannot be written, it does not happen. Items are loaded from the
/// log on demand and may be unloaded.
/// </summary>
#pragma warning disable CA1001 // the semaphore never makes a handle, and the thread ends with its last reader
internal sealed class StoredThread
#pragma warning restore CA1001
{
    /// <summary>
    /// Of the items' JSON, in bytes: larger than any model reads, and with all its copies still a part of what the
    /// process may take.
    /// </summary>
    public const long MaxSize = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly ThreadLog _log;
    private readonly LoggedContent _content;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>A new thread.</summary>
    public StoredThread(string id, string user, DateTime createdAt, ThreadLog? log = null)
        : this(log ?? ThreadLog.None, id, user, createdAt) => _content.Create();

    /// <summary>A thread of an earlier run, which is in its log.</summary>
    public StoredThread(ThreadLog log, string id, string user, DateTime createdAt)
    {
        (Id, User, CreatedAt) = (id, user, createdAt);
        _log = log;
        _content = new LoggedContent(this, log);
    }

    public string Id { get; }

    public string User { get; }

    public DateTime CreatedAt { get; }

    /// <summary>
    /// Title, status and the rest that <c>thread.updated</c> tells. Read from the log when the thread is not in memory.
    /// </summary>
    /// <exception cref="StorageException">The log cannot be read.</exception>
    public ThreadHead Head
    {
        get
        {
            lock (_gate)
            {
                return _content.ReadHead();
            }
        }
    }

    /// <summary>
    /// Changes the head in one step: no other change comes between what <paramref name="update"/> is given and what it
    /// returns.
    /// </summary>
    /// <param name="update">Called under the thread's lock.</param>
    /// <returns>The head as it is now.</returns>
    /// <exception cref="StorageException">The change cannot be kept, and has not been made.</exception>
    public ThreadHead UpdateHead(Func<ThreadHead, ThreadHead> update)
    {
        var head = ThreadHead.New;
        Change<object?>(
            content =>
            {
                head = update(content.Head);
                return head == content.Head ? null : new ThreadChange.HeadReplaced(head);
            },
            static _ => null);
        return head;
    }

    /// <summary>Replaces the expected title; false if it has changed.</summary>
    public bool TryRename(string? expected, string title) => Change(
        content => content.Head.Title == expected ? new ThreadChange.HeadReplaced(content.Head with { Title = title }) : null,
        content => content.Head.Title == expected);

    /// <summary>Widgets that are shown and not stored yet, as they are on screen.</summary>
    public ConcurrentDictionary<string, WidgetItem> LiveWidgets { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether its log is damaged; the thread is hidden then.</summary>
    public bool IsLost => _content.IsLost;

    /// <summary>Of the items' JSON, in bytes.</summary>
    public long Size => Read(static content => content.Size);

    public int Count => Read(static content => content.Items.Count);

    /// <summary>Claims the thread for a streaming operation; false if another has it.</summary>
    public bool TryBeginStreaming() => _turn.Wait(0, CancellationToken.None);

    /// <summary>Waits for the place until whoever has it leaves it.</summary>
    public Task BeginStreamingAsync(CancellationToken cancellationToken) => _turn.WaitAsync(cancellationToken);

    /// <summary>Called once by whoever has the place.</summary>
    public void EndStreaming() => _turn.Release();

    /// <summary>Creates the thread's log. Call once, before the thread is visible.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _content.Begin();
        }
    }

    /// <summary>Deletes the thread's log.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            _content.Delete();
        }
    }

    /// <summary>Unloads the items, unless the thread is in use.</summary>
    public bool TryUnload()
    {
        // It may be asked for the sake of a change of its own, which needs the content.
        if (_turn.CurrentCount == 0 || _gate.IsHeldByCurrentThread || !_gate.TryEnter())
        {
            return false;
        }

        try
        {
            _content.Unload();
            return true;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Adds an item, or replaces the one of the same id where it stands.</summary>
    public void Upsert(ThreadItem item, Replay? replay = null) => Change<object?>(
        content => new ThreadChange.Stored(item, replay ?? content.Find(item.Id)?.Replay),
        _ => null);

    public bool Remove(string itemId) => Change(
        content => content.Find(itemId) is null ? null : new ThreadChange.Removed(itemId),
        content => content.Find(itemId) is not null);

    public bool Contains(string itemId) => Read(content => content.Find(itemId) is not null);

    public bool TryGet(string itemId, [NotNullWhen(true)] out ThreadItem? item)
    {
        item = Read(content => content.Find(itemId)?.Item);
        return item is not null;
    }

    /// <summary>All items with their replay data, oldest first.</summary>
    public IReadOnlyList<(ThreadItem Item, Replay? Replay)> History() =>
        Read<IReadOnlyList<(ThreadItem, Replay?)>>(static content => [.. content.Items.Select(static stored => (stored.Item, stored.Replay))]);

    /// <summary>Removes what came after an item.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveAfter(string itemId) => Change(
        content => content.CountAfter(itemId) == 0 ? null : new ThreadChange.RemovedAfter(itemId),
        content => content.CountAfter(itemId));

    /// <summary>
    /// A page of visible items. Hidden ones are left out before counting, so that a page is never empty while there is
    /// more.
    /// </summary>
    /// <returns>Null when <paramref name="after"/> is not an item of this thread.</returns>
    public Page<StoredItem>? Page(int limit, bool ascending, string? after) => Read(content =>
        Paging.Take(content.Items, static stored => stored.Id, limit, ascending, after, static stored => !stored.IsHidden));

    /// <summary>Looks for something in the thread without keeping one in memory for it that was not there.</summary>
    public bool Any(Func<ThreadHead, bool> inHead, Func<ThreadItem, bool> inItem)
    {
        lock (_gate)
        {
            var content = _content.Peek();
            return inHead(content.Head) || content.Items.Exists(stored => inItem(stored.Item));
        }
    }

    private T Read<T>(Func<ThreadContent, T> read)
    {
        T result;
        lock (_gate)
        {
            result = read(_content.Load());
        }

        _log.Used(this);
        return result;
    }

    /// <param name="decide">Returns the change to make, or null.</param>
    /// <param name="answer">Computes the result from the content before the change.</param>
    private T Change<T>(Func<ThreadContent, ThreadChange?> decide, Func<ThreadContent, T> answer)
    {
        T result;
        lock (_gate)
        {
            var content = _content.Load();
            result = answer(content);
            if (decide(content) is { } change)
            {
                _content.Make(change);
            }
        }

        _log.Used(this);
        return result;
    }
}
