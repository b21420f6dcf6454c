namespace AotSidecar.NativeTests.Storage;

/// <summary>A record that is not what was written, in every place where it can be so.</summary>
public sealed class DamageTests
{
    /// <summary>Offsets inside a record, by what stands there.</summary>
    private static readonly Dictionary<string, int> Places = new()
    {
        ["length"] = 0,
        ["high byte of the length"] = 3,
        ["kind"] = 4,
        ["zeros"] = 6,
        ["checksum"] = 9,
        ["payload"] = JournalWriter.HeaderSize + 5,
    };

    private static readonly string[] Records = ["first", "middle", "last"];

    [Fact]
    public async Task Record_DamagedAnywhere_CostsItsThreadOrTheLastRecordAndIsReported()
    {
        var cases = (from record in Records from place in Places.Keys select (Record: record, Place: place)).ToList();
        using var data = new DataSidecar();
        var threads = await WriteThreadsAsync(data, cases.Count + 1);
        foreach (var ((record, place), (thread, _)) in cases.Zip(threads))
        {
            var path = data.JournalPath(thread);
            var bytes = await File.ReadAllBytesAsync(path);
            var begins = JournalWriter.Records(bytes);
            var begin = begins[record switch { "first" => 0, "middle" => begins.Count / 2, _ => begins.Count - 1 }];
            bytes[begin + Places[place]] ^= 0x41;
            await File.WriteAllBytesAsync(path, bytes);
        }

        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        foreach (var ((record, place), (thread, items)) in cases.Zip(threads))
        {
            var got = await sidecar.ChatAsync(session, Get(thread));
            if (record == "last")
            {
                Assert.True(got.Status == 200, $"{record} {place}: {got}");
                Assert.Equal(items[..^1], await DataSidecar.ListAsync(sidecar, session, thread));
                Assert.Contains($"{thread}.journal.tail", data.SetAside());
            }
            else
            {
                Assert.True((got.Status, got.Code) == (500, "thread_unreadable"), $"{record} {place}: {got}");
                Assert.Equal(404, (await sidecar.ChatAsync(session, Get(thread))).Status);
                Assert.Contains($"{thread}.journal", data.SetAside());
                Assert.NotNull(await sidecar.Process.Errors.LineAsync(line => line.Contains($"{thread}.journal is damaged", StringComparison.Ordinal)));
            }
        }

        var (whole, all) = threads[^1];
        Assert.Equal(all, await DataSidecar.ListAsync(sidecar, session, whole));
        Assert.Equal(Places.Count + 1, (await DataSidecar.ListAsync(sidecar, session)).Count);
        await DataSidecar.TurnAsync(sidecar, session, "goes on", threads[2 * Places.Count].Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(JournalWriter.HeaderSize - 1)]
    [InlineData(JournalWriter.HeaderSize)]
    [InlineData(JournalWriter.HeaderSize + 7)]
    public async Task Tail_ThatIsTorn_CostsOnlyItselfAndTheThreadGoesOn(int left)
    {
        using var data = new DataSidecar();
        var (thread, items) = Assert.Single(await WriteThreadsAsync(data, 1));
        var bytes = await File.ReadAllBytesAsync(data.JournalPath(thread));
        await File.WriteAllBytesAsync(data.JournalPath(thread), bytes[..(JournalWriter.Records(bytes)[^1] + left)]);

        await using (var second = await data.StartAsync())
        {
            var session = await second.MintAsync();
            Assert.Equal(items[..^1], await DataSidecar.ListAsync(second, session, thread));
            await DataSidecar.TurnAsync(second, session, "once more", thread);
            await DataSidecar.StopAsync(second);
        }

        await using var third = await data.StartAsync();
        var last = await DataSidecar.ListAsync(third, await third.MintAsync(), thread);
        Assert.Equal(items[..^1], last[..^2]);
        Assert.Equal(items.Count + 1, last.Count);
    }

    [Theory]
    [InlineData("a version to come", 1, """{"version":2,"id":"$ID","user":"local","created_at":"2026-01-01T00:00:00Z"}""")]
    [InlineData("a kind to come", 77, "{}")]
    [InlineData("an item to come", 3, """{"item":{"type":"hologram","id":"h_1","thread_id":"$ID","created_at":"2026-01-01T00:00:00Z"}}""")]
    [InlineData("another thread's", 1, """{"version":1,"id":"thr_00000000000000000000000000000001","user":"local","created_at":"2026-01-01T00:00:00Z"}""")]
    public async Task Record_OfALaterVersion_IsKeptAsideAndNotGuessedAt(string what, byte kind, string json)
    {
        using var data = new DataSidecar();
        var (thread, _) = Assert.Single(await WriteThreadsAsync(data, 1));
        var path = data.JournalPath(thread);
        var record = JournalWriter.Record(kind, json.Replace("$ID", thread, StringComparison.Ordinal));
        var written = kind == 1 ? [] : await File.ReadAllBytesAsync(path);
        written = [.. written, .. record];
        await File.WriteAllBytesAsync(path, written);

        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync();
        var got = await sidecar.ChatAsync(session, Get(thread));
        await DataSidecar.TurnAsync(sidecar, session, "something else");

        Assert.True((got.Status, got.Code) == (500, "thread_unreadable"), $"{what}: {got}");
        Assert.Equal(written, await File.ReadAllBytesAsync(Path.Combine(data.Path, "set-aside", thread + ".journal")));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("empty")]
    [InlineData("garbage")]
    [InlineData("zeros")]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("of an earlier day")]
    [InlineData("of a version to come")]
    [InlineData("a directory")]
    public async Task Index_ThatCannotBeTrusted_IsMadeAgain(string what)
    {
        using var data = new DataSidecar();
        await WriteThreadsAsync(data, 2);
        var earlier = await File.ReadAllBytesAsync(data.IndexPath);
        await WriteThreadsAsync(data, 2);
        List<string> before;
        await using (var first = await data.StartAsync())
        {
            var session = await first.MintAsync();
            var threads = await DataSidecar.ListAsync(first, session);
            await DataSidecar.AskAsync(first, session, $$$"""{"type":"threads.delete","params":{"thread_id":"{{{threads[0]}}}"}}""");
            before = await TitlesAsync(first, session);
            await DataSidecar.StopAsync(first);
        }

        var now = await File.ReadAllBytesAsync(data.IndexPath);
        File.Delete(data.IndexPath);
        switch (what)
        {
            case "deleted":
                break;
            case "a directory":
                Directory.CreateDirectory(data.IndexPath);
                break;
            default:
                await File.WriteAllBytesAsync(data.IndexPath, what switch
                {
                    "empty" => [],
                    "garbage" => "not an index at all, but some text"u8.ToArray(),
                    "zeros" => new byte[now.Length],
                    "cut" => now[..^5],
                    "flipped" => [.. now[..40], (byte)(now[40] ^ 1), .. now[41..]],
                    "of an earlier day" => earlier,
                    _ => [.. now, .. JournalWriter.Record(99, "{}")],
                });
                break;
        }

        await using var second = await data.StartAsync();
        Assert.Equal(before, await TitlesAsync(second, await second.MintAsync()));
        Assert.Equal(3, before.Count);
    }

    [Theory]
    [InlineData("without its last record")]
    [InlineData("torn")]
    [InlineData("of an earlier day")]
    public async Task Index_ThatIsBehindTheJournal_BringsNoTitleBack(string what)
    {
        using var data = new DataSidecar();
        var (thread, _) = Assert.Single(await WriteThreadsAsync(data, 1));
        var earlier = await File.ReadAllBytesAsync(data.IndexPath);
        await RenameAsync(data, thread, "renamed");
        var now = await File.ReadAllBytesAsync(data.IndexPath);
        await File.WriteAllBytesAsync(data.IndexPath, what switch
        {
            "without its last record" => now[..JournalWriter.Records(now)[^1]],
            "torn" => now[..^3],
            _ => earlier,
        });

        await using (var second = await data.StartAsync())
        {
            Assert.Equal([$"{thread} renamed"], await TitlesAsync(second, await second.MintAsync()));
            await DataSidecar.StopAsync(second);
        }

        await RenameAsync(data, thread, "again");
        await using var third = await data.StartAsync();
        Assert.Equal([$"{thread} again"], await TitlesAsync(third, await third.MintAsync()));
    }

    private static async Task RenameAsync(DataSidecar data, string thread, string title)
    {
        await using var sidecar = await data.StartAsync();
        var update = $$$"""{"type":"threads.update","params":{"thread_id":"{{{thread}}}","title":"{{{title}}}"}}""";
        await DataSidecar.AskAsync(sidecar, await sidecar.MintAsync(), update);
        await DataSidecar.StopAsync(sidecar);
    }

    /// <summary>Threads of two turns each, by a sidecar that has ended.</summary>
    private static async Task<List<(string Id, List<string> Items)>> WriteThreadsAsync(DataSidecar data, int count)
    {
        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var threads = new List<(string, List<string>)>();
        for (var n = 0; n < count; n++)
        {
            var id = await DataSidecar.TurnAsync(sidecar, session, $"first of {n}");
            await DataSidecar.TurnAsync(sidecar, session, "second", id);
            threads.Add((id, await DataSidecar.ListAsync(sidecar, session, id)));
        }

        await DataSidecar.StopAsync(sidecar);
        return threads;
    }

    private static async Task<List<string>> TitlesAsync(Sidecar sidecar, Session session) =>
        [.. (await DataSidecar.ListWholeAsync(sidecar, session)).Select(static thread => $"{thread["id"]} {thread["title"]}")];

    private static string Get(string threadId) => $$$"""{"type":"threads.get_by_id","params":{"thread_id":"{{{threadId}}}"}}""";
}
