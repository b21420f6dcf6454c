namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>
/// Keeps recently used threads loaded and unloads the others. Nothing is lost: their content is in their journals.
/// </summary>
internal sealed class LoadedThreads
{
    /// <summary>More than one person has open.</summary>
    public const int MaxThreads = 64;

    /// <summary>Of journals; loaded, they take about twice as much.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<(StoredThread Thread, long Bytes)> _byUse = [];
    private readonly Dictionary<StoredThread, LinkedListNode<(StoredThread Thread, long Bytes)>> _nodes = [];
    private long _bytes;

    public void Used(StoredThread thread, long bytes)
    {
        List<StoredThread>? victims = null;
        lock (_gate)
        {
            RemoveUnsynchronized(thread);
            _nodes[thread] = _byUse.AddFirst((thread, bytes));
            _bytes += bytes;
            while ((_byUse.Count > MaxThreads || _bytes > MaxBytes) && _byUse.Count > 1)
            {
                (victims ??= []).Add(_byUse.Last!.Value.Thread);
                RemoveUnsynchronized(_byUse.Last.Value.Thread);
            }
        }

        foreach (var victim in victims ?? [])
        {
            // A thread in use stays; its next use counts it again.
            victim.TryUnload();
        }
    }

    /// <summary>Unloads the least recently used thread that is not in use.</summary>
    /// <returns>False when all loaded threads are in use.</returns>
    public bool TryUnloadOldest()
    {
        List<StoredThread> oldestFirst;
        lock (_gate)
        {
            oldestFirst = [.. _byUse.Reverse().Select(static used => used.Thread)];
        }

        return oldestFirst.Exists(thread =>
        {
            if (!thread.TryUnload())
            {
                return false;
            }

            lock (_gate)
            {
                RemoveUnsynchronized(thread);
            }

            return true;
        });
    }

    private void RemoveUnsynchronized(StoredThread thread)
    {
        if (_nodes.Remove(thread, out var node))
        {
            _byUse.Remove(node);
            _bytes -= node.Value.Bytes;
        }
    }
}
