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
        var sample = new string[Math.Min(count, SampleSize)];
        var start = MonotonicClock.Now;
        for (var i = 0; i < count; i++)
        {
            // Spread over the whole population, so that lookups miss the processor's caches as real ones would.
            sample[(int)((long)i * sample.Length / count)] = Mint(store);
        }

        var stored = MonotonicClock.Now - start;
        start = MonotonicClock.Now;
        for (var i = 0; i < Lookups; i++)
        {
            if (store.Find(sample[i * 7 % sample.Length], out _) != TokenLookup.Live)
            {
                throw new InvalidDataException("A live session was not found.");
            }
        }

        var found = MonotonicClock.Now - start;
        clock.Advance(Lifetime + TimeSpan.FromSeconds(2));
        var (swept, pause) = Sweep(store, clock, sample);
        values?.Add(Figure.StoreMint(count), Column.ChatKit, (double)stored / count);
        values?.Add(Figure.StoreLookup(count), Column.ChatKit, (double)found / Lookups);
        values?.Add(Figure.StoreSweep(count), Column.ChatKit, (double)swept / count);
        values?.Add(Figure.StorePause(count), Column.ChatKit, pause / 1e3);
    }

    /// <summary>Sweeps while another thread looks up and mints, and takes the longest time that one of those took. One that met a garbage collection is left out: it says nothing of locks.</summary>
    private static (long Swept, long Pause) Sweep(SessionStore store, ManualClock clock, string[] sample)
    {
        var swept = 0L;
        var sweeper = new Thread(() =>
        {
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
            store.Find(sample[i % sample.Length], out _);
            if (i % 64 == 0)
            {
                Mint(store);
            }

            var took = MonotonicClock.Now - start;
            longest = GC.CollectionCount(0) == collections ? Math.Max(longest, took) : longest;
        }

        sweeper.Join();
        return (swept, longest);
    }

    private static string Mint(SessionStore store) =>
        store.TryCreate(new SessionGrant { SecretKeyId = "bench", Lifetime = Lifetime }, Target) is var (_, token)
            ? token
            : throw new InvalidDataException("The store refused a session.");
}
