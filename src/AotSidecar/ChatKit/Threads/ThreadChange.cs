using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// Everything that can happen to a thread. Memory and disk take the same changes: reading a thread back is applying its
/// changes again, so the two cannot come to different results.
/// </summary>
internal abstract record ThreadChange
{
    private ThreadChange()
    {
    }

    /// <summary>An item is added, or takes the place of the one of its id.</summary>
    public sealed record Stored(ThreadItem Item, Replay? Replay) : ThreadChange
    {
        public StoredItem InItsPlace => field ??= new StoredItem(Item, Replay);
    }

    public sealed record Removed(string ItemId) : ThreadChange;

    /// <summary>What came after an item is removed.</summary>
    public sealed record RemovedAfter(string ItemId) : ThreadChange;

    public sealed record HeadReplaced(ThreadHead Head) : ThreadChange;
}
