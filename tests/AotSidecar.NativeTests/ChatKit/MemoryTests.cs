using System.Globalization;
using System.Runtime.Versioning;
using AotSidecar.NativeTests.Storage;
using Xunit.Abstractions;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>One page that sends as much as it may: the process stays small, says so, and goes on serving others.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Linux")]
[Collection(Alone.Name)]
public sealed class MemoryTests(ITestOutputHelper output)
{
    /// <summary>The budget aims at 256 MiB; 300 MiB were seen, because the collector is not asked before each allocation.</summary>
    private const long MaxResident = 352L << 20;

    private const int Streams = 4;

    /// <summary>A body of the largest allowed size, made of texts of the largest allowed length.</summary>
    private static readonly string FourMegabytes = string.Join(
        ',', Enumerable.Repeat($$"""{"type":"input_text","text":"{{new string('x', 1_000_000)}}"}""", 4));

    [Theory]
    [InlineData(false, 60)]
    [InlineData(true, 20)]
    public async Task LargeMessages_InNewThreads_AreKeptAsFarAsThereIsRoom(bool onDisk, int messages)
    {
        using var data = new DataSidecar();
        await using var sidecar = await StartAsync(data, onDisk);
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var threads = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var refused = 0;

        await Parallel.ForAsync(0, messages, new ParallelOptions { MaxDegreeOfParallelism = Streams }, async (_, _) =>
        {
            using var stream = await (await sidecar.Door.StreamAsync(session, Large())).ToEndAsync();
            if (stream.Error is { } error)
            {
                Assert.Equal("memory_full", (string?)error["reason"]);
                Interlocked.Increment(ref refused);
            }
            else
            {
                threads.Enqueue(stream.ThreadId);
            }
        });

        Tell(sidecar);
        Assert.Equal(messages, threads.Count + refused);
        Assert.True(onDisk ? refused < messages : refused > 0, $"{refused} refused");
        await AssertServesOthersAsync(sidecar);
        Assert.Equal(threads.Order(), (await DataSidecar.ListAsync(sidecar, session)).Order());
        foreach (var thread in threads.Take(5))
        {
            Assert.Equal(2, (await DataSidecar.ListAsync(sidecar, session, thread)).Count);
        }

        foreach (var thread in threads)
        {
            await DataSidecar.AskAsync(sidecar, session, Stage.Op("threads.delete", $"\"thread_id\":\"{thread}\""));
        }

        using var again = await (await sidecar.Door.StreamAsync(session, Large())).ToEndAsync();
        Assert.Null(again.Error);
        Assert.InRange(sidecar.Process.PeakResidentBytes(), 0, MaxResident);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LargeMessages_InOneThread_EndWithItsBoundAndLoseNothing(bool onDisk)
    {
        using var data = new DataSidecar();
        await using var sidecar = await StartAsync(data, onDisk);
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var thread = await DataSidecar.TurnAsync(sidecar, session, "hello");
        var kept = 2;

        for (var n = 0; n < 12; n++)
        {
            using var stream = await (await sidecar.Door.StreamAsync(session, Large(thread))).ToEndAsync();
            kept += stream.Error is null ? 2 : 0;
            Assert.True(stream.Error is null || (string?)stream.Error["reason"] is "thread_too_large", stream.Error?.ToJsonString());
        }

        Tell(sidecar);
        Assert.Equal(2 + (2 * 4), kept);
        Assert.Equal(kept, (await DataSidecar.ListAsync(sidecar, session, thread)).Count);
        await AssertServesOthersAsync(sidecar);
        Assert.InRange(sidecar.Process.PeakResidentBytes(), 0, MaxResident);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwelveLists_ThatNobodyReads_HoldAPieceEach(bool onDisk)
    {
        using var data = new DataSidecar();
        await using var sidecar = await StartAsync(data, onDisk);
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var thread = await DataSidecar.TurnAsync(sidecar, session, "hello");
        for (var n = 0; n < 4; n++)
        {
            using var stream = await (await sidecar.Door.StreamAsync(session, Large(thread))).ToEndAsync();
            Assert.Null(stream.Error);
        }

        var connections = new List<RawConnection>();
        for (var n = 0; n < 12; n++)
        {
            var connection = await sidecar.ConnectAsync();
            connections.Add(connection);
            var list = Stage.Op("items.list", $"\"thread_id\":\"{thread}\",\"limit\":9999");
            await connection.SendAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = list }.ToBytes(sidecar.Door.Authority));
            Assert.Equal(200, (await connection.ReadHeadAsync()).Status);
        }

        Tell(sidecar);
        await AssertServesOthersAsync(sidecar);
        Assert.InRange(sidecar.Process.PeakResidentBytes(), 0, MaxResident);
        connections.ForEach(static connection => connection.Dispose());
        Assert.Equal(10, (await DataSidecar.ListAsync(sidecar, session, thread)).Count);
    }

    [Fact]
    public async Task Bodies_OfMillionsOfValues_AreRefusedBeforeTheyTakeMemory()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { LogLevel = "warn" });
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var payload = string.Join(',', Enumerable.Repeat("{}", 1_200_000));
        var body = Stage.Op("threads.sync_custom_action", $"\"thread_id\":\"t\",\"action\":{{\"type\":\"a\",\"payload\":[{payload}]}}");

        await Parallel.ForAsync(0, 24, new ParallelOptions { MaxDegreeOfParallelism = Streams }, async (_, _) =>
        {
            var reply = await sidecar.ChatAsync(session, body);
            Assert.Equal((400, "too_many_items"), (reply.Status, reply.Code));
        });

        Tell(sidecar);
        await AssertServesOthersAsync(sidecar);
        Assert.InRange(sidecar.Process.PeakResidentBytes(), 0, MaxResident);
    }

    private static Task<Sidecar> StartAsync(DataSidecar data, bool onDisk) =>
        Sidecar.StartAsync(new SidecarSetup { LogLevel = "warn", Flags = onDisk ? data.Flags : [] });

    private static async Task AssertServesOthersAsync(Sidecar sidecar)
    {
        var other = await sidecar.MintAsync(members: ""","user":"other" """);
        await DataSidecar.TurnAsync(sidecar, other, "hello");
    }

    private static string Large(string? thread = null)
    {
        var input = $$"""{"content":[{{FourMegabytes}}],"attachments":[],"inference_options":{} }""";
        return thread is null
            ? Stage.Op("threads.create", $"\"input\":{input}")
            : Stage.Op("threads.add_user_message", $"\"thread_id\":\"{thread}\",\"input\":{input}");
    }

    private void Tell(Sidecar sidecar) => output.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"at most {sidecar.Process.PeakResidentBytes() / 1024.0 / 1024.0:0.0} MiB resident"));
}
