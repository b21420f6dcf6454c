using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;
using AotSidecar.Http;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>The session store in this process, from a handful of sessions to far more than the default of 256.</summary>
internal static class StoreMeasure
{
    private const int RoundCount = 3;
    private const int Lookups = 200_000;
    private const int SampleSize = 4096;
    private static readonly int[] Counts = [10, 1_000, 10_000];
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly Secrets.Provider Target = new()
    {
        Key = ApiKey.TryCreate("sk-bench")!,
        BaseUrl = new Uri("https://api.openai.com/v1"),
        Api = ProviderApi.Responses,
        DefaultModel = "m",
    };


    public static void Run(Bench bench)
    {
        Round(null, Counts[^1]);
        for (var round = 0; round < bench.Rounds(RoundCount); round++)
        {
            foreach (var count in Counts)
            {
                Round(bench.Values, count);
            }
        }
    }

    private static void Round(Measurements? values, int count)
    {
        var clock = new ManualClock();
        // Room for the sessions that are minted while the sweep runs.
        using var store = new SessionStore(
            new SessionLimits(Lifetime, count + 1_000_000), new AccessList([], []), clock, NullLogger<SessionStore>.Instance);
        var sample = new (Session Session, string Token)[Math.Min(count, SampleSize)];
        var start = MonotonicClock.Now;
        for (var i = 0; i < count; i++)
        {
            // Spread over the whole population, so that lookups miss the processor's caches as real ones would.
            sample[(int)((long)i * sample.Length / count)] = Mint(store);
        }

        var stored = MonotonicClock.Now - start;
        var found = Time(i => store.Find(sample[i * 7 % sample.Length].Session.Id) is not null);
        var hashed = Time(i => store.Find(sample[i * 7 % sample.Length].Token, out _) == TokenLookup.Live);
        clock.Advance(Lifetime + TimeSpan.FromSeconds(2));
        var (swept, pause) = Sweep(store, clock, sample);
        values?.Add(Figure.StoreMint(count), Column.ChatKit, (double)stored / count);
        values?.Add(Figure.StoreLookup(count), Column.ChatKit, found);
        values?.Add(Figure.TokenLookup(count), Column.ChatKit, hashed);
        values?.Add(Figure.StoreSweep(count), Column.ChatKit, (double)swept / count);
        values?.Add(Figure.StorePause(count), Column.ChatKit, pause / 1e3);
    }

    /// <returns>Nanoseconds for one.</returns>
    private static double Time(Func<int, bool> lookUp)
    {
        var start = MonotonicClock.Now;
        for (var i = 0; i < Lookups; i++)
        {
            if (!lookUp(i))
            {
                throw new InvalidDataException("A live session was not found.");
            }
        }

        return (double)(MonotonicClock.Now - start) / Lookups;
    }

    /// <summary>
    /// Sweeps while another thread looks up and mints, and takes the longest time that one of those took. Those that met a
    /// garbage collection are left out: they say nothing about locks.
    /// </summary>
    private static (long Swept, long Pause) Sweep(SessionStore store, ManualClock clock, (Session Session, string Token)[] sample)
    {
        var swept = 0L;
        using var looking = new ManualResetEventSlim();
        var sweeper = new Thread(() =>
        {
            looking.Wait();
            var start = MonotonicClock.Now;
            clock.Fire();
            Volatile.Write(ref swept, MonotonicClock.Now - start);
        });
        sweeper.Start();
        var longest = 0L;
        for (var i = 0; Volatile.Read(ref swept) == 0; i++)
        {
            var collections = GC.CollectionCount(0);
            var start = MonotonicClock.Now;
            store.Find(sample[i % sample.Length].Session.Id);
            if (i % 64 == 0)
            {
                Mint(store);
            }

            var took = MonotonicClock.Now - start;
            longest = GC.CollectionCount(0) == collections ? Math.Max(longest, took) : longest;
            looking.Set();
        }

        sweeper.Join();
        return (swept, longest);
    }

    private static (Session Session, string Token) Mint(SessionStore store) =>
        store.TryCreate(new SessionGrant { SecretKeyId = "bench", Lifetime = Lifetime }, Target) is { } minted
            ? minted
            : throw new InvalidDataException("The store refused a session.");
}
