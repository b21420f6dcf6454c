namespace AotSidecar.Sessions;

/// <summary>
/// A hierarchical timing wheel: three levels of 64 slots of 1 s, 64 s and 4,096 s, so about three days; a session lives
/// at most one. An entry is put into the slot of its second when that is near, into a coarser slot when it is far, and
/// moved down at most twice, so adding, removing and expiring are constant work however many entries there are.
///
/// The wheel turns by whichever clock advanced more since the last turn, so that after a suspend or a clock set forward
/// the entries that the wall clock ended are met. Turning early is harmless: an entry met before its time is put back
/// by its own clocks, which alone decide.
///
/// Not synchronized: the caller holds its lock.
/// </summary>
internal sealed class TimingWheel<T>(long timestamp, DateTimeOffset now, TimeProvider clock)
    where T : TimingWheel<T>.Entry
{
    private const int Bits = 6;
    private const int Slots = 1 << Bits;
    private const int Levels = 3;

    /// <summary>Empty slots passed in one go: some microseconds.</summary>
    private const int MaxTurns = 4096;

    private readonly T?[] _slots = new T?[Slots * Levels];
    private long _lastTimestamp = timestamp;
    private long _lastUtcTicks = now.UtcTicks;

    /// <summary>How far the faster clock has come, in ticks of 100 ns.</summary>
    private long _elapsed;

    /// <summary>The second up to which all slots have been emptied.</summary>
    private long _current;
    private int _count;

    public void Add(T entry)
    {
        ReadClocks();
        Place(entry);
    }

    public void Remove(T entry)
    {
        if (entry.Slot < 0)
        {
            return;
        }

        if (entry.Previous is { } previous)
        {
            previous.Following = entry.Following;
        }
        else
        {
            _slots[entry.Slot] = entry.Following;
        }

        if (entry.Following is { } following)
        {
            following.Previous = entry.Previous;
        }

        (entry.Previous, entry.Following, entry.Slot) = (null, null, -1);
        _count--;
    }

    /// <summary>Turns the wheel up to now and takes out what has expired.</summary>
    /// <param name="limit">How many entries may be touched: to take them out, or to move them to a finer slot.</param>
    /// <returns>Whether there is more to do.</returns>
    public bool Advance(List<T> expired, int limit)
    {
        ReadClocks();
        var target = _elapsed / TimeSpan.TicksPerSecond;
        if (_count == 0)
        {
            _current = target;
        }

        // A clock set far ahead is walked in pieces too: the caller lets go of its lock between them.
        for (var turns = 0; _current < target; turns++)
        {
            if (turns == MaxTurns || !Spread(Levels - 1, ref limit) || !Empty(expired, ref limit))
            {
                return true;
            }

            _current++;
        }

        return false;
    }

    private void ReadClocks()
    {
        var timestamp = clock.GetTimestamp();
        var utcTicks = clock.GetUtcNow().UtcTicks;
        _elapsed += Math.Max(
            Math.Max(clock.GetElapsedTime(_lastTimestamp, timestamp).Ticks, utcTicks - _lastUtcTicks), 0);
        (_lastTimestamp, _lastUtcTicks) = (timestamp, utcTicks);
    }

    /// <summary>Empties the slot of the current second.</summary>
    private bool Empty(List<T> expired, ref int limit)
    {
        while (_slots[(int)(_current % Slots)] is { } entry)
        {
            if (limit-- == 0)
            {
                return false;
            }

            Remove(entry);
            if (entry.IsExpired(clock))
            {
                expired.Add(entry);
            }
            else
            {
                Place(entry, notBefore: _current + 1);
            }
        }

        return true;
    }

    /// <summary>When a level has come round, its next coarse slot is spread over the finer ones, from the coarsest on.</summary>
    private bool Spread(int level, ref int limit)
    {
        for (; level > 0; level--)
        {
            if ((_current & ((1L << (Bits * level)) - 1)) != 0)
            {
                continue;
            }

            var slot = (level * Slots) + (int)((_current >> (Bits * level)) % Slots);
            while (_slots[slot] is { } entry)
            {
                if (limit-- == 0)
                {
                    return false;
                }

                Remove(entry);
                Place(entry);
            }
        }

        return true;
    }

    private void Place(T entry, long notBefore = 0)
    {
        // The second in which the entry is over by whichever clock ends it first; a slot is emptied when its second is over.
        var due = Math.Max((_elapsed + entry.Remaining(clock).Ticks) / TimeSpan.TicksPerSecond, Math.Max(_current, notBefore));
        var level = 0;
        while (level < Levels - 1 && (due >> (Bits * level)) - (_current >> (Bits * level)) >= Slots)
        {
            level++;
        }

        var ahead = Math.Min((due >> (Bits * level)) - (_current >> (Bits * level)), Slots - 1);
        entry.Slot = (level * Slots) + (int)(((_current >> (Bits * level)) + ahead) % Slots);
        entry.Following = _slots[entry.Slot];
        if (entry.Following is { } following)
        {
            following.Previous = entry;
        }

        _slots[entry.Slot] = entry;
        _count++;
    }

    /// <summary>Something that ends, by either clock.</summary>
    internal abstract class Entry
    {
        internal T? Previous;
        internal T? Following;
        internal int Slot = -1;

        private long _endsTimestamp;
        private long _endsUtcTicks;

        /// <summary>By the wall clock.</summary>
        public DateTimeOffset EndsAt => new(_endsUtcTicks, TimeSpan.Zero);

        public bool IsExpired(TimeProvider clock) => Remaining(clock) <= TimeSpan.Zero;

        /// <summary>By whichever clock ends it first.</summary>
        public TimeSpan Remaining(TimeProvider clock) => TimeSpan.FromTicks(Math.Min(
            clock.GetElapsedTime(clock.GetTimestamp(), _endsTimestamp).Ticks,
            _endsUtcTicks - clock.GetUtcNow().UtcTicks));

        /// <summary>Starts its lifetime.</summary>
        internal void Begin(TimeProvider clock, TimeSpan lifetime)
        {
            _endsTimestamp = clock.GetTimestamp() + (long)(lifetime.Ticks * ((double)clock.TimestampFrequency / TimeSpan.TicksPerSecond));
            _endsUtcTicks = clock.GetUtcNow().UtcTicks + lifetime.Ticks;
        }
    }
}
