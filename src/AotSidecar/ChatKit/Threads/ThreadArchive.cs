using AotSidecar.Http;

namespace AotSidecar.ChatKit.Threads;

/// <summary>Where threads are kept beyond the process's life.</summary>
internal abstract class ThreadArchive
{
    /// <summary>Nowhere: without <c>--data-dir</c>.</summary>
    public static ThreadArchive None { get; } = InMemory(MemoryBudget.Unlimited);

    public static ThreadArchive InMemory(MemoryBudget budget) => new Nowhere(budget);

    /// <summary>Threads of earlier runs, oldest first, their items not read yet.</summary>
    public abstract IReadOnlyList<StoredThread> Open();

    public abstract ThreadLog LogOf(string threadId);

    /// <summary>Whether reading a thread may mean waiting for a disk.</summary>
    public virtual bool IsOnDisk => true;

    private sealed class Nowhere(MemoryBudget budget) : ThreadArchive
    {
        public override IReadOnlyList<StoredThread> Open() => [];

        public override ThreadLog LogOf(string threadId) => ThreadLog.InMemory(budget);

        public override bool IsOnDisk => false;
    }
}
