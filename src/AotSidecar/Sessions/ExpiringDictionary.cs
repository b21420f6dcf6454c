using System.Diagnostics.CodeAnalysis;

namespace AotSidecar.Sessions;

/// <summary>
/// A bounded dictionary whose entries end after a lifetime of their own, by either of two clocks.
///
/// Lookup: a chained hash table of nodes. Readers take no lock: they read the table once and follow links, which only
/// ever lead on to nodes of the same chain; a removed node keeps its own link, so a reader standing on it goes on
/// correctly. Growing builds new nodes, so a reader of the old table sees a complete old chain. Writers take the lock.
///
/// Time: an entry ends when the monotonic clock has advanced by its lifetime or the wall clock says so. The monotonic
/// clock alone would keep entries alive through a suspend, the wall clock alone through a set-back. Both are compared
/// on every lookup, so an expired entry is never handed out, swept or not.
///
/// Eviction: a timing wheel (<see cref="TimingWheel{T}"/>). Each expired entry is visited and removed once; live ones are not scanned.
/// </summary>
/// <param name="capacity">How many live entries there may be; one more is refused, none is evicted for it.</param>
/// <param name="evicted">Called outside the lock, once for each entry that expired.</param>
internal sealed class ExpiringDictionary<TKey, TValue>(int capacity, TimeProvider clock, Action<TKey, TValue>? evicted)
    where TKey : struct, IEquatable<TKey>
    where TValue : class
{
    /// <summary>A power of two, for the usual handful of sessions.</summary>
    private const int FirstSize = 16;

    /// <summary>How many entries one sweep step removes before it lets go of the lock: well under a millisecond.</summary>
    private const int SweepBatch = 256;

    private readonly Lock _gate = new();
    private readonly TimingWheel<Node> _wheel = new(clock.GetTimestamp(), clock.GetUtcNow(), clock);
    private volatile Node?[] _table = new Node?[FirstSize];
    private int _count;

    /// <summary>Entries held, expired ones that no sweep has met yet included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds an entry unless the key is taken or the dictionary is full of live entries.</summary>
    public bool TryAdd(TKey key, TValue value, TimeSpan lifetime)
    {
        if (Count >= capacity)
        {
            Sweep();
        }

        lock (_gate)
        {
            if (_count >= capacity || Find(_table, key) is not null)
            {
                return false;
            }

            if (_count >= _table.Length)
            {
                GrowUnsynchronized();
            }

            var node = new Node(key, value, clock.GetTimestamp(), clock.GetUtcNow(), lifetime);
            ref var head = ref _table[Slot(_table, key)];
            node.Next = head;
            Volatile.Write(ref head, node);
            Volatile.Write(ref _count, _count + 1);
            _wheel.Add(node);
            return true;
        }
    }

    /// <summary>Finds a live entry without taking a lock.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        var node = Find(_table, key);
        value = node is not null && !node.IsExpired(clock) ? node.Value : null;
        return value is not null;
    }

    /// <summary>Finds an entry that has expired and that no sweep has met yet.</summary>
    public bool TryGetExpired(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        var node = Find(_table, key);
        value = node is not null && node.IsExpired(clock) ? node.Value : null;
        return value is not null;
    }

    /// <summary>Removes a live entry. False when there is none, or when it has expired and is the sweep's.</summary>
    public bool TryRemove(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        lock (_gate)
        {
            var node = Find(_table, key);
            value = node is not null && !node.IsExpired(clock) ? node.Value : null;
            if (value is null)
            {
                return false;
            }

            RemoveUnsynchronized(node!);
            return true;
        }
    }

    /// <summary>Removes what has expired. Cheap when nothing has: the work is in proportion to the entries removed.</summary>
    public void Sweep()
    {
        var expired = new List<Node>();
        bool more;
        do
        {
            lock (_gate)
            {
                more = _wheel.Advance(expired, SweepBatch);
                foreach (var node in expired)
                {
                    RemoveUnsynchronized(node);
                }
            }

            foreach (var node in expired)
            {
                evicted?.Invoke(node.Key, node.Value);
            }

            expired.Clear();
        }
        while (more);
    }

    /// <summary>The live entries at some moment during the call.</summary>
    public List<TValue> Snapshot()
    {
        var values = new List<TValue>();
        foreach (var head in _table)
        {
            for (var node = head; node is not null; node = node.Next)
            {
                if (!node.IsExpired(clock))
                {
                    values.Add(node.Value);
                }
            }
        }

        return values;
    }

    private static int Slot(Node?[] table, TKey key) => key.GetHashCode() & (table.Length - 1);

    private static Node? Find(Node?[] table, TKey key)
    {
        var node = Volatile.Read(ref table[Slot(table, key)]);
        while (node is not null && !node.Key.Equals(key))
        {
            node = node.Next;
        }

        return node;
    }

    private void RemoveUnsynchronized(Node node)
    {
        ref var link = ref _table[Slot(_table, node.Key)];
        while (link != node)
        {
            link = ref link!.NextLink;
        }

        Volatile.Write(ref link, node.Next);
        Volatile.Write(ref _count, _count - 1);
        _wheel.Remove(node);
    }

    private void GrowUnsynchronized()
    {
        var larger = new Node?[_table.Length * 2];
        foreach (var head in _table)
        {
            for (var node = head; node is not null; node = node.Next)
            {
                ref var slot = ref larger[Slot(larger, node.Key)];
                var copy = new Node(node) { Next = slot };
                _wheel.Replace(node, copy);
                slot = copy;
            }
        }

        _table = larger;
    }

    /// <summary>An entry, linked into its hash chain and into the wheel.</summary>
    private sealed class Node : TimingWheel<Node>.Entry
    {
        public readonly TKey Key;
        public readonly TValue Value;
        private Node? _next;

        public Node(TKey key, TValue value, long timestamp, DateTimeOffset now, TimeSpan lifetime)
            : base(timestamp, now, lifetime) => (Key, Value) = (key, value);

        public Node(Node other)
            : base(other) => (Key, Value) = (other.Key, other.Value);

        public Node? Next
        {
            get => Volatile.Read(ref _next);
            set => _next = value;
        }

        public ref Node? NextLink => ref _next;
    }
}
