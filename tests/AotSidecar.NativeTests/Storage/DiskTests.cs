using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Storage;

/// <summary>A real file system that is full or read-only.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Linux")]
public sealed class DiskTests
{
    private const int Kibibytes = 512;

    [Fact]
    public async Task Disk_FullForAWhile_CostsWhatDidNotFitThenAndNothingElse()
    {
        await using var disk = await SmallDisk.MountAsync(Kibibytes);
        using var data = new DataSidecar { Path = Path.Combine(disk.Path, "data") };
        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync();
        var kept = await DataSidecar.TurnAsync(sidecar, session, "before");
        var before = await DataSidecar.ListAsync(sidecar, session, kept);
        await disk.FillAsync();

        using var added = await (await sidecar.StreamAsync(session, new string('x', 20_000), kept)).ToEndAsync();
        using var created = await (await sidecar.StreamAsync(session, new string('y', 20_000))).ToEndAsync();
        var uploaded = await sidecar.ChatAsync(session, """{"type":"attachments.create","params":{"name":"a.txt","size":5,"mime_type":"text/plain"}}""");
        var read = await DataSidecar.ListAsync(sidecar, session, kept);
        var listed = await DataSidecar.ListAsync(sidecar, session);
        disk.MakeRoom();
        await DataSidecar.TurnAsync(sidecar, session, "after", kept);
        var last = await DataSidecar.ListAsync(sidecar, session, kept);
        sidecar.Process.Kill();
        await sidecar.Process.ExitCodeAsync();

        Assert.Equal("storage_full", (string?)added.Error?["reason"]);
        Assert.Equal("storage_full", (string?)created.Error?["reason"]);
        Assert.Equal(["thread.item.done", "error"], created.Types);
        Assert.Equal((507, "storage_full"), (uploaded.Status, uploaded.Code));
        Assert.Equal(before, read);
        Assert.Equal([kept], listed);
        Assert.Equal(4, last.Count);
        await using var second = await data.StartAsync();
        var again = await second.MintAsync();
        Assert.Equal([kept], await DataSidecar.ListAsync(second, again));
        Assert.Equal(last, await DataSidecar.ListAsync(second, again, kept));
        Assert.Empty(data.SetAside());
    }

    [Fact]
    public async Task Thread_OnAFullDisk_CanBeDeletedToMakeRoom()
    {
        await using var disk = await SmallDisk.MountAsync(Kibibytes);
        using var data = new DataSidecar { Path = Path.Combine(disk.Path, "data") };
        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync();
        var thread = await DataSidecar.TurnAsync(sidecar, session, new string('x', 60_000));
        await disk.FillAsync();

        await DataSidecar.AskAsync(sidecar, session, $$$"""{"type":"threads.delete","params":{"thread_id":"{{{thread}}}"}}""");
        var next = await DataSidecar.TurnAsync(sidecar, session, "there is room now");
        await DataSidecar.StopAsync(sidecar);

        await using var second = await data.StartAsync();
        Assert.Equal([next], await DataSidecar.ListAsync(second, await second.MintAsync()));
    }

    [Fact]
    public async Task Directory_ThatCannotBeWritten_IsFatalAndLeftAsItIs()
    {
        await using var disk = await SmallDisk.MountAsync(Kibibytes);
        using var data = new DataSidecar { Path = Path.Combine(disk.Path, "data") };
        string thread;
        await using (var first = await data.StartAsync())
        {
            thread = await DataSidecar.TurnAsync(first, await first.MintAsync(), "hello");
            await DataSidecar.StopAsync(first);
        }

        await disk.ForbidWritesAsync();
        await using var host = new BridgeHost();
        host.Listen();
        await using var process = await data.StartRefusedAsync(host);
        var exit = await process.ExitCodeAsync();
        await disk.AllowWritesAsync();

        Assert.Equal(1, exit);
        Fatal.AssertOnly(process, "data_dir_unusable");
        await using var second = await data.StartAsync();
        Assert.Equal([thread], await DataSidecar.ListAsync(second, await second.MintAsync()));
    }
}
