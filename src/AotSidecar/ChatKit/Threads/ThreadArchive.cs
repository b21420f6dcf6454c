using AotSidecar.Http;

namespace AotSidecar.ChatKit.Threads;

/// <summary>Persistent storage of threads.</summary>
internal abstract class ThreadArchive
{
    /// <summary>Memory only, without <c>--data-dir</c>.</summary>
    public static ThreadArchive None { get; } = InMemory(MemoryBudget.Unlimited);

    public static ThreadArchive InMemory(MemoryBudget budget) => new Nowhere(budget);

    /// <summary>Stored threads, oldest first, with their items not loaded.</summary>
    public abstract IReadOnlyList<StoredThread> Open();

    public abstract ThreadLog LogOf(string threadId);

    /// <summary>Whether reading a thread may block on a disk.</summary>
    public virtual bool IsOnDisk => true;

    private sealed class Nowhere(MemoryBudget budget) : ThreadArchive
    {
        public override IReadOnlyList<StoredThread> Open() => [];

        public override ThreadLog LogOf(string threadId) => ThreadLog.InMemory(budget);

        public override bool IsOnDisk => false;
    }
}
