using AotSidecar.Sessions;

namespace AotSidecar.Tests.Sessions;

public sealed class ExpiringDictionaryTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TwoClocks _clock = new();
    private readonly List<(TestKey Key, string Value)> _evicted = [];
    private readonly ExpiringDictionary<TestKey, TestEntry> _dictionary;

    public ExpiringDictionaryTests() => _dictionary = new(100, _clock, entry => _evicted.Add((entry.Key, entry.Name)));

    [Fact]
    public void TryGet_OfAnAddedKey_FindsIt()
    {
        Assert.True(_dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute));

        Assert.True(_dictionary.TryGet(new TestKey(1), out var value));
        Assert.Equal("a", value.Name);
        Assert.False(_dictionary.TryGet(new TestKey(8), out _));
        Assert.Equal(1, _dictionary.Count);
    }

    [Fact]
    public void TryAdd_OfATakenKey_IsRefused()
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);

        Assert.False(_dictionary.TryAdd(new TestEntry(new TestKey(1), "b"), Minute));
        Assert.True(_dictionary.TryGet(new TestKey(1), out var value));
        Assert.Equal("a", value.Name);
    }

    [Theory]
    [InlineData(60_000, false)]
    [InlineData(59_999, true)]
    public void TryGet_AtTheEndOfTheLifetime_DependsOnTheMillisecond(int milliseconds, bool found)
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);

        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(found, _dictionary.TryGet(new TestKey(1), out _));
        Assert.Equal(!found, _dictionary.TryGetExpired(new TestKey(1), out _));
    }

    [Fact]
    public void TryGet_AfterASuspendThatOnlyTheWallClockSaw_FindsNothing()
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);

        _clock.AdvanceWall(Minute);

        Assert.False(_dictionary.TryGet(new TestKey(1), out _));
        _dictionary.Sweep();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _dictionary.Sweep();
        Assert.Equal(0, _dictionary.Count);
    }

    [Fact]
    public void TryGet_AfterTheWallClockWasSetBack_EndsByTheMonotonicOne()
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);

        _clock.AdvanceWall(TimeSpan.FromHours(-5));
        var alive = _dictionary.TryGet(new TestKey(1), out _);
        _clock.AdvanceMonotonic(Minute);

        Assert.True(alive);
        Assert.False(_dictionary.TryGet(new TestKey(1), out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _dictionary.Sweep();
        Assert.Single(_evicted);
    }

    [Fact]
    public void Sweep_EvictsEachExpiredEntryOnceAndNoLiveOne()
    {
        for (var at = 0; at < 50; at++)
        {
            _dictionary.TryAdd(new TestEntry(new TestKey(at), $"{at}"), TimeSpan.FromSeconds(at % 2 == 0 ? 10 : 1000));
        }

        _clock.Advance(TimeSpan.FromSeconds(11));
        _dictionary.Sweep();
        _dictionary.Sweep();

        Assert.Equal(25, _dictionary.Count);
        Assert.Equal(Enumerable.Range(0, 25).Select(static at => at * 2), _evicted.Select(static one => one.Key.Value).Order());
        Assert.All(Enumerable.Range(0, 50), at => Assert.Equal(at % 2 == 1, _dictionary.TryGet(new TestKey(at), out _)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(86_400)]
    public void Sweep_EverySecond_EvictsWithinASecondOfTheEndWhateverTheLifetime(int seconds)
    {
        var lifetime = TimeSpan.FromSeconds(seconds);
        _clock.Advance(TimeSpan.FromSeconds(3601.3));
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), lifetime);
        _clock.Advance(lifetime - TimeSpan.FromMilliseconds(1));
        _dictionary.Sweep();
        var before = _evicted.Count;

        _clock.Advance(TimeSpan.FromSeconds(1.001));
        _dictionary.Sweep();

        Assert.Equal((0, 1), (before, _evicted.Count));
        Assert.Equal(0, _dictionary.Count);
    }

    [Fact]
    public void Sweep_AfterAClockThatJumpedAMonth_Ends()
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);

        _clock.AdvanceWall(TimeSpan.FromDays(31));
        _dictionary.Sweep();

        Assert.Single(_evicted);
    }

    [Fact]
    public void TryAdd_WhenFull_IsRefusedUntilSomethingExpired()
    {
        for (var at = 0; at < 100; at++)
        {
            Assert.True(_dictionary.TryAdd(new TestEntry(new TestKey(at), "a"), at == 0 ? TimeSpan.FromSeconds(1) : Minute));
        }

        Assert.False(_dictionary.TryAdd(new TestEntry(new TestKey(100), "a"), Minute));
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.True(_dictionary.TryAdd(new TestEntry(new TestKey(100), "a"), Minute));
        Assert.Equal(100, _dictionary.Count);
        Assert.Equal(new TestKey(0), Assert.Single(_evicted).Key);
    }

    [Fact]
    public void TryRemove_TakesALiveEntryOnceAndLeavesAnExpiredOneToTheSweep()
    {
        _dictionary.TryAdd(new TestEntry(new TestKey(1), "a"), Minute);
        _dictionary.TryAdd(new TestEntry(new TestKey(8), "b"), Minute);

        Assert.True(_dictionary.TryRemove(new TestKey(1), out var removed));
        Assert.False(_dictionary.TryRemove(new TestKey(1), out _));
        _clock.Advance(Minute);
        Assert.False(_dictionary.TryRemove(new TestKey(8), out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _dictionary.Sweep();

        Assert.Equal("a", removed!.Name);
        Assert.Equal("b", Assert.Single(_evicted).Value);
    }

    [Fact]
    public void Growth_KeepsEveryEntryAndItsEnd()
    {
        var dictionary = new ExpiringDictionary<TestKey, TestEntry>(10_000, _clock, entry => _evicted.Add((entry.Key, entry.Name)));
        for (var at = 0; at < 1000; at++)
        {
            Assert.True(dictionary.TryAdd(new TestEntry(new TestKey(at), $"{at}"), TimeSpan.FromSeconds(10 + (at % 10))));
        }

        Assert.Equal(1000, dictionary.Snapshot().Distinct().Count());
        _clock.Advance(TimeSpan.FromSeconds(15.5));
        dictionary.Sweep();
        _clock.Advance(TimeSpan.FromSeconds(1));
        dictionary.Sweep();

        Assert.Equal(1000 - dictionary.Count, _evicted.Count);
        Assert.All(dictionary.Snapshot(), static entry => Assert.True(int.Parse(entry.Name) % 10 >= 7));
        Assert.Equal(300, dictionary.Snapshot().Count);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(1000, 2)]
    [InlineData(10_000, 3)]
    public void AStepOfTheWheel_TouchesNoMoreEntriesThanItsLimit(int seconds, int touchesOfEach)
    {
        const int Count = 500;
        const int Limit = 16;
        var lifetime = TimeSpan.FromSeconds(seconds);
        var wheel = new TimingWheel<TestEntry>(_clock.GetTimestamp(), _clock.GetUtcNow(), _clock);
        for (var at = 0; at < Count; at++)
        {
            var entry = new TestEntry(new TestKey(at), "");
            entry.Begin(_clock, lifetime);
            wheel.Add(entry);
        }

        _clock.Advance(lifetime + TimeSpan.FromSeconds(1));
        var all = new HashSet<TestKey>();
        var steps = 0;
        for (var more = true; more; steps++)
        {
            var expired = new List<TestEntry>();
            more = wheel.Advance(expired, Limit);
            Assert.InRange(expired.Count, 0, Limit);
            Assert.All(expired, entry => Assert.True(all.Add(entry.Key)));
        }

        Assert.Equal(Count, all.Count);
        Assert.True(steps > Count * touchesOfEach / Limit);
    }
}
