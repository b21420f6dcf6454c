using AotSidecar.Http;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// Where one thread's changes are written before they are made in memory, and read from again. All members but
/// <see cref="Used"/> are called by the one who holds the thread's lock.
/// </summary>
internal abstract class ThreadLog
{
    /// <summary>For threads that live in memory only.</summary>
    public static ThreadLog None { get; } = InMemory(MemoryBudget.Unlimited);

    public static ThreadLog InMemory(MemoryBudget budget) => new MemoryOnly(budget);

    /// <summary>Takes room in memory for a thread's content, or gives it back.</summary>
    /// <param name="bytes">Negative when it is given back.</param>
    /// <exception cref="StorageException">There is no room.</exception>
    public abstract void Keep(long bytes);

    /// <summary>The thread comes to be. Before, its changes are not written.</summary>
    /// <exception cref="StorageException">It cannot be kept, and so must not come to be.</exception>
    public abstract void Begin(StoredThread thread, ThreadContent content);

    /// <exception cref="StorageException">The change cannot be kept, and so must not be made.</exception>
    public abstract void Write(StoredThread thread, ThreadChange change);

    /// <exception cref="StorageException">It cannot be read.</exception>
    public abstract ThreadContent Read(StoredThread thread);

    /// <summary>The head alone, without reading the items.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public abstract ThreadHead ReadHead(StoredThread thread);

    /// <summary>The content is no longer in memory.</summary>
    public abstract void Release();

    /// <exception cref="StorageException">It cannot be deleted, and so must stay.</exception>
    public abstract void Delete();

    /// <summary>The content is in memory and has just been needed. Not called with the thread's lock held: others may be unloaded for it.</summary>
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
