using System.Diagnostics;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>A thread's items in memory, oldest first. Not safe for use from two threads at once: <see cref="StoredThread"/> sees to that.</summary>
internal sealed class ThreadContent
{
    private readonly Dictionary<string, StoredItem> _byId = new(StringComparer.Ordinal);

    public ThreadHead Head { get; private set; } = ThreadHead.New;

    public List<StoredItem> Items { get; } = [];

    public StoredItem? Find(string itemId) => _byId.GetValueOrDefault(itemId);

    /// <summary>How many items come after this one; none when it is not here.</summary>
    public int CountAfter(string itemId)
    {
        var at = Items.FindIndex(stored => stored.Item.Id == itemId);
        return at < 0 ? 0 : Items.Count - at - 1;
    }

    public void Apply(ThreadChange change)
    {
        switch (change)
        {
            case ThreadChange.Stored(var item, var replay):
                Store(item, replay);
                break;
            case ThreadChange.Removed(var itemId):
                if (_byId.Remove(itemId, out var gone))
                {
                    Items.Remove(gone);
                }

                break;
            case ThreadChange.RemovedAfter(var itemId):
                RemoveLast(CountAfter(itemId));
                break;
            case ThreadChange.HeadReplaced(var head):
                Head = head;
                break;
            default:
                throw new UnreachableException(change.GetType().Name);
        }
    }

    private void Store(ThreadItem item, Replay? replay)
    {
        if (_byId.TryGetValue(item.Id, out var stored))
        {
            stored.Item = item;
            stored.Replay = replay ?? stored.Replay;
        }
        else
        {
            _byId[item.Id] = stored = new StoredItem(item, replay);
            Items.Add(stored);
        }
    }

    private void RemoveLast(int count)
    {
        foreach (var stored in Items.Skip(Items.Count - count))
        {
            _byId.Remove(stored.Item.Id);
        }

        Items.RemoveRange(Items.Count - count, count);
    }
}
