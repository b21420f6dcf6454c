using System.Globalization;
using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Http;
using AotSidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>What it costs to keep one item with <c>--data-dir</c>: serialised, checksummed, written, and made in memory.</summary>
internal static class JournalMeasure
{
    private const int RoundCount = 3;
    private const int Items = 5000;

    /// <summary>Of the answer's text: a line, and a long answer.</summary>
    private static readonly int[] Sizes = [100, 2800];

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        for (var round = -1; round < bench.Rounds(RoundCount); round++)
        {
            foreach (var size in Sizes)
            {
                // The first round only warms up.
                await RoundAsync(round < 0 ? null : bench.Values, size, cancellationToken);
            }
        }
    }

    private static async Task RoundAsync(Measurements? values, int size, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("aot-bench-");
        try
        {
            using var directory = await DataDirectory.OpenAsync(
                Path.Combine(folder.FullName, "data"), new RequestCounters(), TimeProvider.System, NullLogger.Instance, cancellationToken);
            using var archive = new JournalArchive(directory, MemoryBudget.Unlimited);
            var threads = new ThreadStore(TimeProvider.System, archive);
            var thread = threads.Create("local");
            threads.TryAdd(thread);
            var took = new double[Items];
            for (var i = 0; i < Items; i++)
            {
                var item = Item(thread.Id, i, size, threads.Now());
                var start = MonotonicClock.Now;
                thread.Upsert(item);
                took[i] = (MonotonicClock.Now - start) / 1e3;
            }

            var bytes = new FileInfo(archive.PathOf(thread.Id)).Length / Items;
            Array.Sort(took);
            values?.Add(Figure.JournalMedian(size), Column.ChatKit, took[Items / 2]);
            values?.Add(Figure.JournalTail(size), Column.ChatKit, took[Items * 99 / 100]);
            values?.Add(Figure.JournalBytes(size), Column.ChatKit, bytes);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AssistantMessageItem Item(string threadId, int index, int size, DateTime now) => new()
    {
        Id = "msg_" + index.ToString("x32", CultureInfo.InvariantCulture),
        ThreadId = threadId,
        CreatedAt = now,
        Content = [new AssistantContent { Text = new string('x', size) }],
    };
}
