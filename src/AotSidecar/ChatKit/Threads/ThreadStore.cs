using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// The threads of every user. A user sees only their own; others' look like threads that do not exist.
/// </summary>
internal sealed class ThreadStore
{
    /// <summary>More than a person ever has.</summary>
    private const int MaxThreads = 20_000;

    private readonly ConcurrentDictionary<string, UserThreads> _users = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly ThreadArchive _archive;
    private int _count;

    /// <param name="archive">Its threads are loaded here.</param>
    public ThreadStore(TimeProvider clock, ThreadArchive archive)
    {
        (_clock, _archive) = (clock, archive);
        foreach (var thread in archive.Open())
        {
            _count++;
            ThreadsOf(thread.User).Add(thread);
        }
    }

    /// <summary>Now, in the wire's resolution (microseconds).</summary>
    public DateTime Now() => WireTime.Now(_clock);

    /// <summary>A new thread, invisible until <see cref="TryAdd"/>.</summary>
    public StoredThread Create(string user)
    {
        var id = ItemIds.Create(ItemIds.Thread);
        return new StoredThread(id, user, Now(), _archive.LogOf(id));
    }

    /// <returns>False at the limit.</returns>
    /// <exception cref="StorageException">The thread cannot be kept.</exception>
    public bool TryAdd(StoredThread thread)
    {
        if (Interlocked.Increment(ref _count) > MaxThreads)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        try
        {
            thread.Begin();
        }
        catch (StorageException)
        {
            Interlocked.Decrement(ref _count);
            throw;
        }

        ThreadsOf(thread.User).Add(thread);
        return true;
    }

    public bool TryGet(string user, string threadId, [NotNullWhen(true)] out StoredThread? thread)
    {
        thread = _users.TryGetValue(user, out var threads) ? threads.Find(threadId) : null;
        return thread is not null;
    }

    /// <summary>Deleting what is not there is not an error.</summary>
    /// <exception cref="StorageException">The thread cannot be deleted.</exception>
    public void Remove(string user, string threadId)
    {
        if (!_users.TryGetValue(user, out var threads) || threads.Find(threadId) is not { } thread)
        {
            return;
        }

        thread.Delete();
        if (threads.Remove(threadId))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <returns>Null when <paramref name="after"/> is not a thread of this user.</returns>
    public Page<StoredThread>? Page(string user, int limit, bool ascending, string? after) =>
        _users.TryGetValue(user, out var threads) ? threads.Page(limit, ascending, after)
        : after is null ? new Page<StoredThread>([], HasMore: false)
        : null;

    /// <summary>Threads from a cursor on, newest first.</summary>
    /// <returns>Null when <paramref name="after"/> is not a thread of this user.</returns>
    public IReadOnlyList<StoredThread>? Newest(string user, string? after) =>
        _users.TryGetValue(user, out var threads) ? threads.Page(MaxThreads, ascending: false, after)?.Data
        : after is null ? []
        : null;

    private UserThreads ThreadsOf(string user) => _users.GetOrAdd(user, static _ => new UserThreads());

    private sealed class UserThreads
    {
        private readonly Lock _gate = new();
        private readonly List<StoredThread> _ordered = [];
        private readonly Dictionary<string, StoredThread> _byId = new(StringComparer.Ordinal);

        public void Add(StoredThread thread)
        {
            lock (_gate)
            {
                _byId[thread.Id] = thread;
                _ordered.Add(thread);
            }
        }

        public StoredThread? Find(string id)
        {
            lock (_gate)
            {
                return _byId.TryGetValue(id, out var thread) && !thread.IsLost ? thread : null;
            }
        }

        public bool Remove(string id)
        {
            lock (_gate)
            {
                return _byId.Remove(id, out var thread) && _ordered.Remove(thread);
            }
        }

        public Page<StoredThread>? Page(int limit, bool ascending, string? after)
        {
            lock (_gate)
            {
                return Paging.Take(_ordered, static thread => thread.Id, limit, ascending, after, static thread => !thread.IsLost);
            }
        }
    }
}
