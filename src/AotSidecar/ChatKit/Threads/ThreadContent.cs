using System.Diagnostics;

namespace AotSidecar.ChatKit.Threads;

/// <summary>A thread's items in memory, oldest first. Not thread-safe; <see cref="StoredThread"/> locks.</summary>
internal sealed class ThreadContent
{
    private readonly Dictionary<string, StoredItem> _byId = new(StringComparer.Ordinal);

    public ThreadHead Head { get; private set; } = ThreadHead.New;

    public List<StoredItem> Items { get; } = [];

    /// <summary>Size of the items' JSON in bytes, which is about what a turn has to send.</summary>
    public long Size { get; private set; }

    /// <summary>The items' memory in bytes.</summary>
    public long Weight { get; private set; }

    public StoredItem? Find(string itemId) => _byId.GetValueOrDefault(itemId);

    /// <summary>Number of items after this one; 0 if it is unknown.</summary>
    public int CountAfter(string itemId)
    {
        var at = Items.FindIndex(stored => stored.Id == itemId);
        return at < 0 ? 0 : Items.Count - at - 1;
    }

    public void Apply(ThreadChange change)
    {
        switch (change)
        {
            case ThreadChange.Stored stored:
                Store(stored.InItsPlace);
                break;
            case ThreadChange.Removed(var itemId):
                if (_byId.Remove(itemId, out var gone))
                {
                    Items.Remove(gone);
                    Count(gone, -1);
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

    private void Store(StoredItem stored)
    {
        if (_byId.TryGetValue(stored.Id, out var earlier))
        {
            stored = stored.With(stored.Replay ?? earlier.Replay);
            Items[Items.LastIndexOf(earlier)] = stored;
            Count(earlier, -1);
        }
        else
        {
            Items.Add(stored);
        }

        _byId[stored.Id] = stored;
        Count(stored, 1);
    }

    private void RemoveLast(int count)
    {
        foreach (var stored in Items.Skip(Items.Count - count))
        {
            _byId.Remove(stored.Id);
            Count(stored, -1);
        }

        Items.RemoveRange(Items.Count - count, count);
    }

    private void Count(StoredItem stored, int sign)
    {
        Size += sign * stored.Size;
        Weight += sign * stored.Weight;
    }
}
