using System.Runtime.CompilerServices;
using AotSidecar.Sessions;

namespace AotSidecar.Tests.Sessions;

public sealed class ExpiringDictionaryTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TwoClocks _clock = new();
    private readonly List<string> _evicted = [];
    private readonly ExpiringDictionary<int, string> _dictionary;

    public ExpiringDictionaryTests() => _dictionary = new(100, _clock, _evicted.Add);

    [Fact]
    public void TryGet_OfAnAddedKey_FindsIt()
    {
        Assert.True(_dictionary.TryAdd(1, "a", Minute));

        Assert.True(_dictionary.TryGet(1, out var value));
        Assert.Equal("a", value);
        Assert.False(_dictionary.TryGet(8, out _));
        Assert.Equal(1, _dictionary.Count);
    }

    [Fact]
    public void TryAdd_OfATakenKey_IsRefused()
    {
        _dictionary.TryAdd(1, "a", Minute);

        Assert.False(_dictionary.TryAdd(1, "b", Minute));
        Assert.True(_dictionary.TryGet(1, out var value));
        Assert.Equal("a", value);
    }

    [Theory]
    [InlineData(60_000, false)]
    [InlineData(59_999, true)]
    public void TryGet_AtTheEndOfTheLifetime_DependsOnTheMillisecond(int milliseconds, bool found)
    {
        _dictionary.TryAdd(1, "a", Minute);

        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(found, _dictionary.TryGet(1, out _));
        Assert.Equal(found ? [] : ["a"], _evicted);
    }

    [Fact]
    public void TryGet_AfterASuspendThatOnlyTheWallClockSaw_FindsNothing()
    {
        _dictionary.TryAdd(1, "a", Minute);

        _clock.AdvanceWall(Minute);

        Assert.False(_dictionary.TryGet(1, out _));
        _dictionary.Sweep();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _dictionary.Sweep();
        Assert.Equal(0, _dictionary.Count);
    }

    [Fact]
    public void TryGet_AfterTheWallClockWasSetBack_EndsByTheMonotonicOne()
    {
        _dictionary.TryAdd(1, "a", Minute);

        _clock.AdvanceWall(TimeSpan.FromHours(-5));
        var alive = _dictionary.TryGet(1, out _);
        _clock.AdvanceMonotonic(Minute);

        Assert.True(alive);
        Assert.False(_dictionary.TryGet(1, out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _dictionary.Sweep();
        Assert.Single(_evicted);
    }

    [Fact]
    public void Sweep_EvictsEachExpiredEntryOnceAndNoLiveOne()
    {
        for (var at = 0; at < 50; at++)
        {
            _dictionary.TryAdd(at, $"{at}", TimeSpan.FromSeconds(at % 2 == 0 ? 10 : 1000));
        }

        _clock.Advance(TimeSpan.FromSeconds(11));
        _dictionary.Sweep();
        _dictionary.Sweep();

        Assert.Equal(25, _dictionary.Count);
        Assert.Equal(Enumerable.Range(0, 25).Select(static at => at * 2), _evicted.Select(int.Parse).Order());
        Assert.All(Enumerable.Range(0, 50), at => Assert.Equal(at % 2 == 1, _dictionary.TryGet(at, out _)));
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
        _dictionary.TryAdd(1, "a", lifetime);
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
        _dictionary.TryAdd(1, "a", Minute);

        _clock.AdvanceWall(TimeSpan.FromDays(31));
        _dictionary.Sweep();

        Assert.Single(_evicted);
    }

    [Fact]
    public void TryAdd_WhenFull_IsRefusedUntilSomethingExpired()
    {
        for (var at = 0; at < 100; at++)
        {
            Assert.True(_dictionary.TryAdd(at, $"{at}", at == 0 ? TimeSpan.FromSeconds(1) : Minute));
        }

        Assert.False(_dictionary.TryAdd(100, "a", Minute));
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.True(_dictionary.TryAdd(100, "a", Minute));
        Assert.Equal(100, _dictionary.Count);
        Assert.Equal("0", Assert.Single(_evicted));
    }

    [Fact]
    public void TryRemove_TakesALiveEntryOnceAndEvictsAnExpiredOne()
    {
        _dictionary.TryAdd(1, "a", Minute);
        _dictionary.TryAdd(8, "b", Minute);

        Assert.True(_dictionary.TryRemove(1, out var removed));
        Assert.False(_dictionary.TryRemove(1, out _));
        _clock.Advance(Minute);
        Assert.False(_dictionary.TryRemove(8, out _));
        _dictionary.Sweep();

        Assert.Equal("a", removed);
        Assert.Equal("b", Assert.Single(_evicted));
    }

    [Fact]
    public void TryAdd_OfAKeyWhoseEntryHasExpired_EvictsThatAndTakesItsPlace()
    {
        _dictionary.TryAdd(1, "a", Minute);

        _clock.Advance(Minute);
        var added = _dictionary.TryAdd(1, "b", Minute);
        _dictionary.Sweep();

        Assert.True(added);
        Assert.Equal("a", Assert.Single(_evicted));
        Assert.True(_dictionary.TryGet(1, out var value));
        Assert.Equal("b", value);
    }

    [Fact]
    public void Sweep_WhenTheClocksDisagreeWhoIsFirst_EvictsByEither()
    {
        _dictionary.TryAdd(1, "long, before the wall clock went back", TimeSpan.FromMinutes(50));
        _clock.AdvanceWall(TimeSpan.FromHours(-1));
        _dictionary.TryAdd(2, "longer, after it", TimeSpan.FromMinutes(90));
        _clock.AdvanceMonotonic(TimeSpan.FromMinutes(51));

        _dictionary.Sweep();
        Assert.Equal("long, before the wall clock went back", Assert.Single(_evicted));

        _clock.AdvanceWall(TimeSpan.FromMinutes(90));
        _dictionary.Sweep();
        Assert.Equal(0, _dictionary.Count);
        Assert.Equal(2, _evicted.Count);
    }

    [Fact]
    public void RemovedEntries_DoNotPileUp()
    {
        var dictionary = new ExpiringDictionary<object, string>(10, _clock);

        var removed = AddAndRemove(dictionary, 10_000);
        GC.Collect();

        Assert.InRange(removed.Count(static key => key.IsAlive), 0, 200);
    }

    [Fact]
    public void Growth_KeepsEveryEntryAndItsEnd()
    {
        var dictionary = new ExpiringDictionary<int, string>(10_000, _clock, _evicted.Add);
        for (var at = 0; at < 1000; at++)
        {
            Assert.True(dictionary.TryAdd(at, $"{at}", TimeSpan.FromSeconds(10 + (at % 10))));
        }

        Assert.Equal(1000, dictionary.Snapshot().Distinct().Count());
        _clock.Advance(TimeSpan.FromSeconds(15.5));
        dictionary.Sweep();
        _clock.Advance(TimeSpan.FromSeconds(1));
        dictionary.Sweep();

        Assert.Equal(1000 - dictionary.Count, _evicted.Count);
        Assert.All(dictionary.Snapshot(), static value => Assert.True(int.Parse(value) % 10 >= 7));
        Assert.Equal(300, dictionary.Snapshot().Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> AddAndRemove(ExpiringDictionary<object, string> dictionary, int count)
    {
        var removed = new List<WeakReference>();
        for (var at = 0; at < count; at++)
        {
            var key = new object();
            Assert.True(dictionary.TryAdd(key, "", TimeSpan.FromDays(1)));
            Assert.True(dictionary.TryRemove(key, out _));
            removed.Add(new WeakReference(key));
        }

        return removed;
    }
}
