using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>The threads of every user, in memory. A user sees only their own; another's are as unknown as ones that never were.</summary>
internal sealed class ThreadStore(TimeProvider clock)
{
    /// <summary>More than a person ever looks through.</summary>
    private const int MaxThreads = 20_000;

    private readonly ConcurrentDictionary<string, UserThreads> _users = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Now, in the resolution that goes over the wire.</summary>
    public DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
    }

    /// <summary>A new thread that nobody sees until it is added.</summary>
    public StoredThread Create(string user) => new(ItemIds.Create(ItemIds.Thread), user, Now());

    /// <returns>False when there are as many threads as may be.</returns>
    public bool TryAdd(StoredThread thread)
    {
        if (Interlocked.Increment(ref _count) > MaxThreads)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _users.GetOrAdd(thread.User, static _ => new UserThreads()).Add(thread);
        return true;
    }

    public bool TryGet(string user, string threadId, [NotNullWhen(true)] out StoredThread? thread)
    {
        thread = _users.TryGetValue(user, out var threads) ? threads.Find(threadId) : null;
        return thread is not null;
    }

    /// <summary>Deleting what is not there is not an error.</summary>
    public void Remove(string user, string threadId)
    {
        if (_users.TryGetValue(user, out var threads) && threads.Remove(threadId))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <returns>Null when <paramref name="after"/> is not a thread of this user.</returns>
    public Page<StoredThread>? Page(string user, int limit, bool ascending, string? after) =>
        _users.TryGetValue(user, out var threads) ? threads.Page(limit, ascending, after)
        : after is null ? new Page<StoredThread>([], HasMore: false)
        : null;

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
                return _byId.GetValueOrDefault(id);
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
                return Paging.Take(_ordered, static thread => thread.Id, limit, ascending, after, static _ => true);
            }
        }
    }
}
