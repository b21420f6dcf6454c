using System.Diagnostics.CodeAnalysis;

namespace AotSidecar.Sessions;

/// <summary>
/// A bounded dictionary whose entries end after a lifetime of their own, by either of two clocks.
///
/// Lookup: a chained hash table whose links lie in the entries themselves, which halves what an entry weighs. Readers take
/// no lock: they choose a chain and follow its links; a removed entry keeps its own link, so a reader standing on it goes
/// on correctly. Writers take the lock.
///
/// Growth: a larger table takes over a few chains with each entry that is added, so that nobody waits for all of them.
/// Entries are linked anew while readers walk them. Links then still only lead on to entries linked before, so every walk
/// ends, but it may end in another chain: a reader that found nothing while chains moved looks again, in the end under the
/// lock, which is held for a few chains only. What was found is right in any case.
///
/// Time: an entry ends when the monotonic clock has advanced by its lifetime or the wall clock says so. The monotonic
/// clock alone would keep entries alive through a suspend, the wall clock alone through a set-back. Both are compared
/// on every lookup, so an expired entry is never handed out, swept or not.
///
/// Eviction: a timing wheel (<see cref="TimingWheel{T}"/>). Each expired entry is visited and removed once; live ones are not scanned.
/// </summary>
/// <param name="capacity">How many live entries there may be; one more is refused, none is evicted for it.</param>
/// <param name="evicted">Called outside the lock, once for each entry that expired.</param>
internal sealed class ExpiringDictionary<TKey, TEntry>(int capacity, TimeProvider clock, Action<TEntry>? evicted)
    where TKey : struct, IEquatable<TKey>
    where TEntry : ExpiringDictionary<TKey, TEntry>.Entry
{
    /// <summary>A power of two, for the usual handful of sessions.</summary>
    private const int FirstSize = 16;

    /// <summary>How many entries one step of a sweep touches before it lets go of the lock: well under a millisecond.</summary>
    private const int SweepBatch = 256;

    /// <summary>Enough for a growth to end long before the next is due.</summary>
    private const int MovedPerAdd = 8;

    /// <summary>How often a reader looks that finds nothing while chains move. A move is shorter than a wait for the lock.</summary>
    private const int MaxTries = 16;

    private readonly Lock _gate = new();
    private readonly TimingWheel<TEntry> _wheel = new(clock.GetTimestamp(), clock.GetUtcNow(), clock);
    private volatile TEntry?[] _table = new TEntry?[FirstSize];
    private int _count;

    /// <summary>The table that is being left, and how many of its chains have been moved.</summary>
    private volatile TEntry?[]? _old;
    private volatile int _moved;

    /// <summary>Counts the steps of growing; odd during one.</summary>
    private int _steps;

    /// <summary>Entries held, expired ones that no sweep has met yet included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds an entry, which is in no dictionary yet, unless its key is taken or the dictionary is full of live entries.</summary>
    public bool TryAdd(TEntry entry, TimeSpan lifetime)
    {
        MakeRoom();
        lock (_gate)
        {
            if (_count >= capacity || Walk(entry.Key) is not null)
            {
                return false;
            }

            GrowUnsynchronized();
            entry.Begin(clock, lifetime);
            ref var head = ref Chain(entry.Key);
            entry.Next = head;
            Volatile.Write(ref head, entry);
            Volatile.Write(ref _count, _count + 1);
            _wheel.Add(entry);
            return true;
        }
    }

    /// <summary>Finds a live entry without taking a lock.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TEntry? entry)
    {
        var found = Find(key);
        entry = found is not null && !found.IsExpired(clock) ? found : null;
        return entry is not null;
    }

    /// <summary>Finds an entry that has expired and that no sweep has met yet.</summary>
    public bool TryGetExpired(TKey key, [NotNullWhen(true)] out TEntry? entry)
    {
        var found = Find(key);
        entry = found is not null && found.IsExpired(clock) ? found : null;
        return entry is not null;
    }

    /// <summary>Removes a live entry. False when there is none, or when it has expired and is the sweep's.</summary>
    public bool TryRemove(TKey key, [NotNullWhen(true)] out TEntry? entry)
    {
        lock (_gate)
        {
            var found = Walk(key);
            entry = found is not null && !found.IsExpired(clock) ? found : null;
            if (entry is null)
            {
                return false;
            }

            RemoveUnsynchronized(entry);
            return true;
        }
    }

    /// <summary>Removes what has expired. Cheap when nothing has: the work is in proportion to the entries removed.</summary>
    public void Sweep()
    {
        var expired = new List<TEntry>();
        while (SweepStep(expired))
        {
        }
    }

    /// <summary>The live entries at some moment during the call.</summary>
    public List<TEntry> Snapshot()
    {
        var steps = Volatile.Read(ref _steps);
        var live = WalkAll();
        if (HasGrownSince(steps))
        {
            lock (_gate)
            {
                live = WalkAll();
            }
        }

        return live;
    }

    private static int Slot(TEntry?[] table, TKey key) => key.GetHashCode() & (table.Length - 1);

    /// <summary>Only as much of a sweep as one place takes: the one who asks for it is a request.</summary>
    private void MakeRoom()
    {
        if (Count >= capacity)
        {
            var expired = new List<TEntry>();
            while (SweepStep(expired) && Count >= capacity)
            {
            }
        }
    }

    /// <returns>Whether there is more to do.</returns>
    private bool SweepStep(List<TEntry> expired)
    {
        bool more;
        lock (_gate)
        {
            more = _wheel.Advance(expired, SweepBatch);
            foreach (var entry in expired)
            {
                RemoveUnsynchronized(entry);
            }
        }

        foreach (var entry in expired)
        {
            evicted?.Invoke(entry);
        }

        expired.Clear();
        return more;
    }

    private TEntry? Find(TKey key)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var steps = Volatile.Read(ref _steps);
            var entry = Walk(key);
            if (entry is not null || !HasGrownSince(steps))
            {
                return entry;
            }
        }

        lock (_gate)
        {
            return Walk(key);
        }
    }

    private bool HasGrownSince(int steps) => (steps & 1) != 0 || Volatile.Read(ref _steps) != steps;

    private TEntry? Walk(TKey key)
    {
        var entry = Volatile.Read(ref Chain(key));
        while (entry is not null && !entry.Key.Equals(key))
        {
            entry = entry.Next;
        }

        return entry;
    }

    private List<TEntry> WalkAll()
    {
        var live = new List<TEntry>();
        foreach (var head in (TEntry?[])[.. _table, .. _old ?? []])
        {
            for (var entry = head; entry is not null; entry = entry.Next)
            {
                if (!entry.IsExpired(clock))
                {
                    live.Add(entry);
                }
            }
        }

        return live;
    }

    private void RemoveUnsynchronized(TEntry entry)
    {
        ref var link = ref Chain(entry.Key);
        while (link != entry)
        {
            link = ref link!.NextLink;
        }

        Volatile.Write(ref link, entry.Next);
        Volatile.Write(ref _count, _count - 1);
        _wheel.Remove(entry);
    }

    /// <summary>The head of the one chain that a key's entry is in.</summary>
    private ref TEntry? Chain(TKey key)
    {
        if (_old is { } old && Slot(old, key) is var slot && slot >= _moved)
        {
            return ref old[slot];
        }

        var table = _table;
        return ref table[Slot(table, key)];
    }

    private void GrowUnsynchronized()
    {
        if (_old is null && _count < _table.Length)
        {
            return;
        }

        // Megabytes to clear in a large table: no reader waits for that.
        var larger = _old is null ? new TEntry?[_table.Length * 2] : _table;
        Interlocked.Increment(ref _steps);
        if (_old is null)
        {
            (_old, _moved, _table) = (_table, 0, larger);
        }

        for (var chains = 0; chains < MovedPerAdd && _moved < _old.Length; chains++)
        {
            MoveUnsynchronized(ref _old[_moved++]);
        }

        _old = _moved < _old.Length ? _old : null;
        Interlocked.Increment(ref _steps);
    }

    private void MoveUnsynchronized(ref TEntry? chain)
    {
        for (var entry = chain; entry is not null;)
        {
            var following = entry.Next;
            ref var head = ref _table[Slot(_table, entry.Key)];
            entry.Next = head;
            head = entry;
            entry = following;
        }

        chain = null;
    }

    /// <summary>What can be held here: linked into its hash chain and into the wheel. In one dictionary only, and once.</summary>
    internal abstract class Entry(TKey key) : TimingWheel<TEntry>.Entry
    {
        private TEntry? _next;

        public TKey Key { get; } = key;

        internal TEntry? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }

        internal ref TEntry? NextLink => ref _next;
    }
}
