using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>One thread with its items, oldest first. All members may be used from any thread.</summary>
internal sealed class StoredThread(string id, string user, DateTime createdAt)
{
    private readonly Lock _gate = new();
    private readonly List<StoredItem> _items = [];
    private readonly Dictionary<string, StoredItem> _byId = new(StringComparer.Ordinal);
    private volatile ThreadHead _head = new(null, ThreadStatus.Active, null, ChatKitJson.EmptyObject);
    private int _streaming;

    public string Id { get; } = id;

    public string User { get; } = user;

    public DateTime CreatedAt { get; } = createdAt;

    /// <summary>Title, status and the rest that <c>thread.updated</c> tells. Replaced as a whole.</summary>
    public ThreadHead Head
    {
        get => _head;
        set => _head = value;
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    /// <summary>Takes the one place for a streaming operation. False when another has it.</summary>
    public bool TryBeginStreaming() => Interlocked.CompareExchange(ref _streaming, 1, 0) == 0;

    public void EndStreaming() => Volatile.Write(ref _streaming, 0);

    /// <summary>Adds an item, or replaces the one of the same id where it stands.</summary>
    public void Upsert(ThreadItem item, Replay? replay = null)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(item.Id, out var stored))
            {
                stored.Item = item;
                stored.Replay = replay ?? stored.Replay;
            }
            else
            {
                _byId[item.Id] = stored = new StoredItem(item, replay);
                _items.Add(stored);
            }
        }
    }

    public bool Remove(string itemId)
    {
        lock (_gate)
        {
            return _byId.Remove(itemId, out var stored) && _items.Remove(stored);
        }
    }

    public bool Contains(string itemId)
    {
        lock (_gate)
        {
            return _byId.ContainsKey(itemId);
        }
    }

    public bool TryGet(string itemId, [NotNullWhen(true)] out ThreadItem? item)
    {
        lock (_gate)
        {
            item = _byId.TryGetValue(itemId, out var stored) ? stored.Item : null;
            return item is not null;
        }
    }

    /// <summary>All items with what the model needs back, oldest first.</summary>
    public IReadOnlyList<(ThreadItem Item, Replay? Replay)> History()
    {
        lock (_gate)
        {
            return [.. _items.Select(static stored => (stored.Item, stored.Replay))];
        }
    }

    /// <summary>Removes what came after an item.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveAfter(string itemId)
    {
        lock (_gate)
        {
            var from = _items.FindIndex(stored => stored.Item.Id == itemId) + 1;
            var count = from == 0 ? 0 : _items.Count - from;
            foreach (var stored in _items.Skip(_items.Count - count))
            {
                _byId.Remove(stored.Item.Id);
            }

            _items.RemoveRange(_items.Count - count, count);
            return count;
        }
    }

    /// <summary>A page of what may be seen. Hidden items are left out before the page is counted, so that no page with more to come is empty.</summary>
    /// <returns>Null when <paramref name="after"/> is not an item of this thread.</returns>
    public Page<ThreadItem>? Page(int limit, bool ascending, string? after)
    {
        lock (_gate)
        {
            return Paging.Take(_items, static stored => stored.Item.Id, limit, ascending, after, static stored => !stored.Item.IsHidden) is { } page
                ? new Page<ThreadItem>([.. page.Data.Select(static stored => stored.Item)], page.HasMore, page.After)
                : null;
        }
    }
}

/// <param name="Metadata">The integrator's; never sent.</param>
internal sealed record ThreadHead(
    string? Title, ThreadStatus Status, IReadOnlyList<string>? AllowedImageDomains, JsonElement Metadata);
