using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// A change to a thread. Memory and disk use the same changes, and loading a thread applies them again, so both always
/// agree.
/// </summary>
internal abstract record ThreadChange
{
    private ThreadChange()
    {
    }

    /// <summary>Adds an item or replaces the one with its id.</summary>
    public sealed record Stored(ThreadItem Item, Replay? Replay) : ThreadChange
    {
        public StoredItem InItsPlace => field ??= new StoredItem(Item, Replay);
    }

    public sealed record Removed(string ItemId) : ThreadChange;

    /// <summary>What came after an item is removed.</summary>
    public sealed record RemovedAfter(string ItemId) : ThreadChange;

    public sealed record HeadReplaced(ThreadHead Head) : ThreadChange;
}
