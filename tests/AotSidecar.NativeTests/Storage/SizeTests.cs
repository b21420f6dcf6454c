using System.Diagnostics;
using Xunit.Abstractions;

namespace AotSidecar.NativeTests.Storage;

/// <summary>Ten thousand threads of a hundred items each. Times are told, not asserted: they are the machine's.</summary>
public sealed class SizeTests(ITestOutputHelper output)
{
    private const int Threads = 10_000;
    private const int Items = 100;
    private const long MemoryAllowance = 60L << 20;

    /// <summary>Of the whole process, with all threads open and listed.</summary>
    private const long MemoryOfTheList = 60_000_000;

    [Fact]
    public async Task TenThousandThreads_OpenedListedAndRead_StayWithinTheMemoryOfAFew()
    {
        using var data = new DataSidecar();
        await using var empty = await data.StartAsync();
        var baseline = empty.Process.ResidentBytes();
        output.WriteLine($"memory when empty: {baseline / 1024.0 / 1024.0:0.0} MiB");
        await DataSidecar.StopAsync(empty);
        await Parallel.ForAsync(0, Threads, async (thread, _) =>
            await JournalWriter.WriteAsync(Path.Combine(data.Path, "threads"), thread, Items));
        File.Delete(Path.Combine(data.Path, "threads.index"));
        await using (var first = await TimedStartAsync(data, "without an index"))
        {
            await DataSidecar.StopAsync(first);
        }

        await using var sidecar = await TimedStartAsync(data, "with an index");
        Tell("memory when open", sidecar.Process.ResidentBytes() - baseline);
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        for (var page = 0; page < 3; page++)
        {
            var begun = Stopwatch.GetTimestamp();
            await DataSidecar.AskAsync(sidecar, session, ChatBody.List);
            output.WriteLine($"a page of the list: {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0.0} ms");
        }

        Assert.Equal(Enumerable.Range(0, Threads).Select(JournalWriter.Id), await DataSidecar.ListAsync(sidecar, session));
        Tell("memory after the whole list", sidecar.Process.ResidentBytes() - baseline);
        Assert.InRange(sidecar.Process.ResidentBytes(), 0, MemoryOfTheList);
        for (var thread = 0; thread < Threads; thread += 25)
        {
            var items = await DataSidecar.ListAsync(sidecar, session, JournalWriter.Id(thread));
            Assert.Equal(Enumerable.Range(0, Items).Select(item => FormattableString.Invariant($"msg_{thread}_{item}")), items);
        }

        Tell("memory after reading 400 threads", sidecar.Process.ResidentBytes() - baseline);
        var searched = Stopwatch.GetTimestamp();
        var reply = await sidecar.SendAsync(new HttpCall("GET", "/threads?q=nowhere+to+be+found") { Bearer = session.Token });
        output.WriteLine($"a search: {Stopwatch.GetElapsedTime(searched).TotalMilliseconds:0} ms, goes on after {(string?)reply.Json["after"]}");
        Tell("memory in the end", sidecar.Process.ResidentBytes() - baseline);

        Assert.InRange(sidecar.Process.ResidentBytes() - baseline, long.MinValue, MemoryAllowance);
    }

    private async Task<Sidecar> TimedStartAsync(DataSidecar data, string how)
    {
        var begun = Stopwatch.GetTimestamp();
        var sidecar = await data.StartAsync();
        output.WriteLine($"from start to ready {how}: {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms");
        return sidecar;
    }

    private void Tell(string what, long bytes) => output.WriteLine($"{what}: {bytes / 1024.0 / 1024.0:0.0} MiB more than empty");
}
