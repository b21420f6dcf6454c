using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Storage;

/// <summary>A data directory that is unusable as a whole or in part.</summary>
public sealed class TroubleTests
{
    [Fact]
    public async Task SecondProcess_OnTheSameDirectory_SaysWhoHasIt()
    {
        using var data = new DataSidecar();
        await using var first = await data.StartAsync();
        await using var host = new BridgeHost();
        host.Listen();

        await using var second = await data.StartRefusedAsync(host);

        Assert.Equal(1, await second.ExitCodeAsync());
        Fatal.AssertOnly(second, "data_dir_in_use");
        Assert.True(await first.IsHealthyAsync());
    }

    [Fact]
    public async Task NextProcess_WhileTheLastOneEnds_WaitsForIt()
    {
        using var data = new DataSidecar();
        await using var first = await data.StartAsync();

        var second = data.StartAsync();
        first.Process.AskToEnd();
        await using var started = await second;

        Assert.True(await started.IsHealthyAsync());
    }

    /// <summary>Else a host that is killed in these seconds leaves a process that only then begins to end.</summary>
    [Fact]
    public async Task NextProcess_WhoseHostGoesWhileItWaits_EndsWithoutWaiting()
    {
        using var data = new DataSidecar();
        await using var first = await data.StartAsync();
        await using var host = new BridgeHost();
        host.Listen();
        await using var second = await data.StartRefusedAsync(host);
        await host.ConnectedAsync();

        second.CloseInput();

        Assert.Equal(0, await second.ExitCodeAsync());
        Assert.Empty(second.Output.Bytes);
        Assert.True(await first.IsHealthyAsync());
    }

    [Fact]
    public async Task Directory_ThatIsAFile_IsFatal()
    {
        using var data = new DataSidecar();
        await File.WriteAllTextAsync(data.Path, "");
        await using var host = new BridgeHost();
        host.Listen();

        await using var process = await data.StartRefusedAsync(host);

        Assert.Equal(1, await process.ExitCodeAsync());
        Fatal.AssertOnly(process, "data_dir_unusable");
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Disk_ThatIsFull_CostsWhatDoesNotFitAndNothingElse()
    {
        using var data = new DataSidecar();
        // no file may become larger than 32 KiB: what a full disk looks like to who writes
        await using var sidecar = await data.StartAsync(static launch => launch with
        {
            Wrapper = ["/bin/sh", "-c", """ulimit -f 64; exec "$0" "$@" """],
        });
        var session = await sidecar.MintAsync();
        using var small = await sidecar.StreamAsync(session, "small");
        await small.ToEndAsync();
        var before = await DataSidecar.ListAsync(sidecar, session, small.ThreadId);

        using var large = await sidecar.StreamAsync(session, new string('x', 40_000), small.ThreadId);
        await large.ToEndAsync();
        var after = await DataSidecar.ListAsync(sidecar, session, small.ThreadId);
        using var again = await sidecar.StreamAsync(session, "small again", small.ThreadId);
        await again.ToEndAsync();
        var last = await DataSidecar.ListAsync(sidecar, session, small.ThreadId);
        await DataSidecar.StopAsync(sidecar);

        Assert.Equal("storage_full", (string?)large.Error?["reason"]);
        Assert.Equal(["thread.item.done", "error"], large.Types);
        Assert.True(large.EndedCleanly);
        Assert.Equal(before, after);
        Assert.Null(again.Error);
        Assert.Equal(4, last.Count);
        await using var second = await data.StartAsync();
        Assert.Equal(last, await DataSidecar.ListAsync(second, await second.MintAsync(), small.ThreadId));
        Assert.Empty(Directory.GetFiles(Path.Combine(data.Path, "set-aside")));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Disk_FullWhenTheAnswerEnds_TakesTheAnswerBackAndSaysWhy()
    {
        using var data = new DataSidecar();
        await using var sidecar = await data.StartAsync(static launch => launch with
        {
            Wrapper = ["/bin/sh", "-c", """ulimit -f 64; exec "$0" "$@" """],
        });
        sidecar.Provider.Answer = static exchange => ResponsesStream.WordsAsync(exchange, new string('y', 40_000));
        var session = await sidecar.MintAsync();

        using var stream = await sidecar.StreamAsync(session, "say much");
        await stream.ToEndAsync();
        var items = await DataSidecar.ListAsync(sidecar, session, stream.ThreadId);

        Assert.Equal("storage_full", (string?)stream.Error?["reason"]);
        Assert.Contains("thread.item.removed", stream.Types);
        Assert.Single(items);
    }

    [Fact]
    public async Task Change_ThatCannotBeKept_IsAProblemAndNotMade()
    {
        using var data = new DataSidecar();
        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "first title");
        await stream.ToEndAsync();
        var threads = Path.Combine(data.Path, "threads");
        await DataSidecar.StopAsync(sidecar);
        await using var second = await data.StartAsync();
        session = await second.MintAsync();
        var journal = Path.Combine(threads, stream.ThreadId + ".journal");
        File.Move(journal, journal + ".away");
        Directory.CreateDirectory(journal);

        var refused = await second.ChatAsync(session, Rename(stream.ThreadId, "second title"));
        var streamed = await second.StreamAsync(session, "more", stream.ThreadId);
        await streamed.ToEndAsync();
        Directory.Delete(journal);
        File.Move(journal + ".away", journal);
        var title = (string?)(await DataSidecar.AskAsync(second, session, ChatBody.List))["data"]![0]!["title"];
        var renamed = await second.ChatAsync(session, Rename(stream.ThreadId, "third title"));

        Assert.Equal((507, "storage_failed"), (refused.Status, refused.Code));
        Assert.Equal(["thread.item.done", "error"], streamed.Types);
        Assert.Equal("more", (string?)streamed.Events[0]["item"]!["content"]![0]!["text"]);
        Assert.Equal("storage_failed", (string?)streamed.Error!["reason"]);
        Assert.Equal("first title", title);
        Assert.Equal("third title", (string?)renamed.Json["title"]);
    }

    private static string Rename(string threadId, string title) =>
        new JsonObject
        {
            ["type"] = "threads.update",
            ["params"] = new JsonObject { ["thread_id"] = threadId, ["title"] = title },
        }.ToJsonString();
}
