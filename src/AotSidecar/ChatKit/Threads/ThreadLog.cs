using AotSidecar.Http;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// One thread's persistent log: changes are written here before they are applied in memory. All members except <see
/// cref="Used"/> are called with the thread's lock held.
/// </summary>
internal abstract class ThreadLog
{
    /// <summary>For threads in memory only.</summary>
    public static ThreadLog None { get; } = InMemory(MemoryBudget.Unlimited);

    public static ThreadLog InMemory(MemoryBudget budget) => new MemoryOnly(budget);

    /// <summary>Reserves or releases memory for a thread's content.</summary>
    /// <param name="bytes">Negative to release.</param>
    /// <exception cref="StorageException">The memory budget is used up.</exception>
    public abstract void Keep(long bytes);

    /// <summary>Creates the log. Earlier changes are not written.</summary>
    /// <exception cref="StorageException">The thread cannot be stored and must not be created.</exception>
    public abstract void Begin(StoredThread thread, ThreadContent content);

    /// <exception cref="StorageException">The change cannot be stored and must not be applied.</exception>
    public abstract void Write(StoredThread thread, ThreadChange change);

    /// <exception cref="StorageException">It cannot be read.</exception>
    public abstract ThreadContent Read(StoredThread thread);

    /// <summary>The head alone, without reading the items.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public abstract ThreadHead ReadHead(StoredThread thread);

    /// <summary>The content is no longer in memory.</summary>
    public abstract void Release();

    /// <exception cref="StorageException">It cannot be deleted and must stay.</exception>
    public abstract void Delete();

    /// <summary>The thread was used. Called without its lock, because others may be unloaded.</summary>
    public abstract void Used(StoredThread thread);

    private sealed class MemoryOnly(MemoryBudget budget) : ThreadLog
    {
        public override void Keep(long bytes)
        {
            if (!budget.TryKeep(bytes))
            {
                throw new StorageException(StorageFailure.MemoryFull);
            }
        }

        public override void Begin(StoredThread thread, ThreadContent content)
        {
        }

        public override void Write(StoredThread thread, ThreadChange change)
        {
        }

        public override ThreadContent Read(StoredThread thread) => new();

        public override ThreadHead ReadHead(StoredThread thread) => ThreadHead.New;

        public override void Release()
        {
        }

        public override void Delete()
        {
        }

        public override void Used(StoredThread thread)
        {
        }
    }
}
