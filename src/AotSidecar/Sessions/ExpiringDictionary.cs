using System.Diagnostics.CodeAnalysis;

namespace AotSidecar.Sessions;

/// <summary>
/// A bounded, thread-safe dictionary whose entries expire, each at its own <see cref="Instant"/>.
///
/// Expiry: every look-up compares the entry's end with both clocks, so an expired entry is never handed out, whether or
/// not <see cref="Sweep"/> has run. Nothing runs by itself: whoever needs expired values dropped in time calls <see
/// cref="Sweep"/> from a timer.
///
/// Eviction: each expired entry is removed exactly once, by whichever call meets it first, and its value is then handed
/// to the callback, outside the lock. The keys lie in two heaps ordered by end, one for each clock, because the clocks
/// disagree about the order once somebody has set one of them. A sweep looks at the top of each heap, so it never scans
/// live entries. Removing n expired entries costs O(n log n); the lock is released between batches.
///
/// Bounds: there are at most <paramref name="capacity"/> entries. One more is refused; none is evicted early for it. A
/// key removed before its end stays in the heaps and is ignored when its turn comes. When more than half of a heap is
/// such keys, both heaps are rebuilt.
/// </summary>
/// <param name="expired">Receives the value of each entry that expired; not of those that were removed.</param>
internal sealed class ExpiringDictionary<TKey, TValue>(int capacity, TimeProvider clock, Action<TValue>? expired = null)
    where TKey : notnull
    where TValue : notnull
{
    /// <summary>Removed in one hold of the lock, which takes some tens of microseconds.</summary>
    private const int BatchSize = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, (TValue Value, Instant End)> _entries = [];
    private readonly PriorityQueue<TKey, long> _byTimestamp = new();
    private readonly PriorityQueue<TKey, long> _byUtc = new();

    /// <summary>Entries held; some may have expired since the last sweep.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <inheritdoc cref="TryAdd(TKey, TValue, Instant)"/>
    public bool TryAdd(TKey key, TValue value, TimeSpan lifetime) => TryAdd(key, value, Instant.After(lifetime, clock));

    /// <returns>False when the key is in use, or when there are <c>capacity</c> live entries.</returns>
    public bool TryAdd(TKey key, TValue value, Instant end)
    {
        // Evicts an expired entry of this key.
        if (TryGet(key, out _))
        {
            return false;
        }

        // Only until there is room: a request waits for this.
        while (Count >= capacity && EvictBatch())
        {
        }

        lock (_gate)
        {
            if (_entries.Count >= capacity || !_entries.TryAdd(key, (value, end)))
            {
                return false;
            }

            PushUnsynchronized(key, end);
            return true;
        }
    }

    /// <summary>Finds a live entry.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => TryFind(key, remove: false, out value);

    /// <summary>Removes a live entry, without the callback.</summary>
    public bool TryRemove(TKey key, [MaybeNullWhen(false)] out TValue value) => TryFind(key, remove: true, out value);

    /// <summary>Evicts everything that has expired.</summary>
    public void Sweep()
    {
        while (EvictBatch())
        {
        }
    }

    /// <summary>The live values at one moment during the call. O(n) under the lock.</summary>
    public List<TValue> Snapshot()
    {
        var now = Instant.Now(clock);
        lock (_gate)
        {
            return [.. _entries.Values.Where(entry => !entry.End.HasCome(now)).Select(static entry => entry.Value)];
        }
    }

    private bool TryFind(TKey key, bool remove, [MaybeNullWhen(false)] out TValue value)
    {
        bool live;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                value = default;
                return false;
            }

            live = !entry.End.HasCome(Instant.Now(clock));
            value = entry.Value;
            if (remove || !live)
            {
                _entries.Remove(key);
            }
        }

        if (!live)
        {
            expired?.Invoke(value);
            value = default;
        }

        return live;
    }

    /// <returns>Whether there may be more to do.</returns>
    private bool EvictBatch()
    {
        var evicted = new List<TValue>();
        var now = Instant.Now(clock);
        int popped;
        lock (_gate)
        {
            popped = PopUnsynchronized(_byTimestamp, now.Timestamp, now, evicted)
                + PopUnsynchronized(_byUtc, now.Utc.UtcTicks, now, evicted);
        }

        foreach (var value in evicted)
        {
            expired?.Invoke(value);
        }

        return popped > 0;
    }

    private int PopUnsynchronized(PriorityQueue<TKey, long> heap, long due, Instant now, List<TValue> evicted)
    {
        var popped = 0;
        for (; popped < BatchSize && heap.TryPeek(out var key, out var end) && end <= due; popped++)
        {
            heap.Dequeue();
            if (_entries.TryGetValue(key, out var entry) && entry.End.HasCome(now))
            {
                _entries.Remove(key);
                evicted.Add(entry.Value);
            }
        }

        return popped;
    }

    private void PushUnsynchronized(TKey key, Instant end)
    {
        // The extra batch keeps a small dictionary from being rebuilt again and again.
        if (Math.Max(_byTimestamp.Count, _byUtc.Count) >= (2 * _entries.Count) + BatchSize)
        {
            _byTimestamp.Clear();
            _byUtc.Clear();
            _byTimestamp.EnqueueRange(_entries.Select(static entry => (entry.Key, entry.Value.End.Timestamp)));
            _byUtc.EnqueueRange(_entries.Select(static entry => (entry.Key, entry.Value.End.Utc.UtcTicks)));
            return;
        }

        _byTimestamp.Enqueue(key, end.Timestamp);
        _byUtc.Enqueue(key, end.Utc.UtcTicks);
    }
}
