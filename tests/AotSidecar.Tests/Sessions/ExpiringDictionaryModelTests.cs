using System.Collections.Concurrent;
using AotSidecar.Sessions;
using AotSidecar.Tests.ChatKit.Harness;
using CsCheck;

namespace AotSidecar.Tests.Sessions;

/// <summary>The dictionary compared with a simple one, and used by many threads at once.</summary>
public sealed class ExpiringDictionaryModelTests
{
    private const int Capacity = 12;

    private static readonly Gen<(int Kind, int Key, int Number)> Step = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 20], Gen.Int[1, 5000]);

    [Fact]
    public void AnySteps_GiveWhatAPlainTableWithTwoClocksGives() => Step.Array[0, 120].Sample(static steps =>
    {
        var clock = new TwoClocks();
        var model = new Model(clock);
        var dictionary = new ExpiringDictionary<int, string>(Capacity, clock, model.Evict);
        for (var at = 0; at < steps.Length; at++)
        {
            var (kind, key, number) = steps[at];
            Run(dictionary, model, clock, kind, key, number, $"v{at}");
            for (var other = 0; other <= 20; other++)
            {
                Assert.Equal(model.Get(other), dictionary.TryGet(other, out var found) ? found : null);
            }
        }

        clock.Advance(TimeSpan.FromDays(2));
        dictionary.Sweep();
        Assert.Equal(0, dictionary.Count);
        Assert.Empty(model.Left);
    }, iter: 400);

    [Fact]
    public async Task ManyHands_AtOnce_EvictOrRemoveEachEntryExactlyOnce()
    {
        var clock = new TwoClocks();
        var ends = new ConcurrentBag<string>();
        var dictionary = new ExpiringDictionary<int, string>(2000, clock, ends.Add);
        var added = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        var sweeper = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                clock.Advance(TimeSpan.FromMilliseconds(50));
                dictionary.Sweep();
            }
        });

        var workers = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Noise(worker);
            for (var at = 0; at < 5000; at++)
            {
                var (key, value) = (random.Next(3000), $"{worker}-{at}");
                if (dictionary.TryAdd(key, value, TimeSpan.FromMilliseconds(1 + random.Next(5000))))
                {
                    added.Add(value);
                }

                if (random.Next(4) == 0 && dictionary.TryRemove(random.Next(3000), out var removed))
                {
                    ends.Add(removed);
                }

                dictionary.TryGet(random.Next(3000), out _);
            }
        })).ToArray();
        await Task.WhenAll(workers).Soon();
        await stop.CancelAsync();
        await sweeper.Soon();
        clock.Advance(TimeSpan.FromSeconds(10));
        dictionary.Sweep();

        Assert.Equal(0, dictionary.Count);
        Assert.Equal(added.Order(), ends.Order());
    }

    [Fact]
    public async Task Readers_WhileEntriesAreAdded_FindEveryEntryThatWasAddedBefore()
    {
        var dictionary = new ExpiringDictionary<int, string>(20_000, new TwoClocks());
        var added = 0;
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Run(() =>
        {
            var random = new Noise(reader);
            for (int count; (count = Volatile.Read(ref added)) < 3000;)
            {
                if (count > 0)
                {
                    var key = random.Next(count);
                    Assert.True(dictionary.TryGet(key, out _), $"{key} of {count} was not found");
                    Assert.True(dictionary.Snapshot().Count >= count);
                }
            }
        })).ToArray();
        for (var at = 0; at < 3000; at++)
        {
            Assert.True(dictionary.TryAdd(at, "", TimeSpan.FromMinutes(1)));
            Volatile.Write(ref added, at + 1);
        }

        await Task.WhenAll(readers).Soon();
    }

    private static void Run(
        ExpiringDictionary<int, string> dictionary, Model model, TwoClocks clock, int kind, int key, int number, string value)
    {
        switch (kind)
        {
            case 0 or 1:
                var free = model.Get(key) is null && model.LiveCount < Capacity;
                Assert.Equal(free, dictionary.TryAdd(key, value, TimeSpan.FromSeconds(number)));
                if (free)
                {
                    model.Add(key, value, TimeSpan.FromSeconds(number));
                }

                break;
            case 2:
                Assert.Equal(model.Remove(key), dictionary.TryRemove(key, out var removed) ? removed : null);
                break;
            case 3:
                clock.Advance(TimeSpan.FromMilliseconds(number));
                break;
            case 4:
                clock.AdvanceWall(TimeSpan.FromSeconds(-number));
                break;
            case 5:
                clock.AdvanceWall(TimeSpan.FromMilliseconds(number));
                break;
            default:
                dictionary.Sweep();
                break;
        }
    }

    private sealed class Model(TwoClocks clock)
    {
        private readonly List<(int Key, string Value, long Monotonic, long Wall)> _entries = [];
        private readonly HashSet<string> _gone = [];

        public IEnumerable<string> Left => _entries.Select(static entry => entry.Value).Where(value => !_gone.Contains(value));

        public int LiveCount => _entries.Count(entry => !_gone.Contains(entry.Value) && IsLive(entry));

        /// <summary>Each entry once, and none that is live.</summary>
        public void Evict(string value)
        {
            var entry = _entries.Single(entry => entry.Value == value);
            Assert.False(IsLive(entry), $"{value} was evicted while it was live");
            Assert.True(_gone.Add(value), $"{value} was evicted twice, or after its removal");
        }

        public string? Get(int key) => Live(key) is { Value: { } value } ? value : null;

        public void Add(int key, string value, TimeSpan lifetime) => _entries.Add(
            (key, value, clock.GetTimestamp() + lifetime.Ticks, clock.GetUtcNow().UtcTicks + lifetime.Ticks));

        public string? Remove(int key)
        {
            var value = Get(key);
            _ = value is not null && _gone.Add(value);
            return value;
        }

        private (int Key, string? Value, long, long) Live(int key) => _entries.LastOrDefault(entry =>
            entry.Key == key && !_gone.Contains(entry.Value) && IsLive(entry));

        private bool IsLive((int Key, string Value, long Monotonic, long Wall) entry) =>
            clock.GetTimestamp() < entry.Monotonic && clock.GetUtcNow().UtcTicks < entry.Wall;
    }
}
