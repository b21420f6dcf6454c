using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Storage;

/// <summary>Where a data directory may be.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Linux")]
public sealed class DirectoryTests
{
    private const UnixFileMode Open = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Own = (UnixFileMode)0b111_000_000;

    [Theory]
    [InlineData("with spaces and ünïcode 東京")]
    [InlineData("deep/er/than/there/is")]
    public async Task Directory_OfAnyName_IsMadeForItsOwnerAlone(string name)
    {
        using var home = new DataSidecar();
        using var data = new DataSidecar { Path = Path.Combine(home.Folder, name) };

        await AssertWorksAsync(data);

        Assert.Equal(Own, File.GetUnixFileMode(data.Path));
        Assert.All(Directory.GetDirectories(data.Path), static path => Assert.Equal(Own, File.GetUnixFileMode(path)));
        Assert.All(
            Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories),
            static path => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task Directory_NamedRelatively_IsOfTheWorkingDirectory()
    {
        using var data = new DataSidecar { Name = "data" };

        await AssertWorksAsync(data, launch => launch with { WorkingDirectory = data.Folder });

        Assert.True(Directory.Exists(data.ThreadsPath));
    }

    [Fact]
    public async Task Directory_ThatIsALink_IsWhereItLeads()
    {
        using var home = new DataSidecar();
        var link = Path.Combine(home.Folder, "link");
        Directory.CreateDirectory(home.Path);
        Directory.CreateSymbolicLink(link, home.Path);
        using var data = new DataSidecar { Name = link, Path = home.Path };

        await AssertWorksAsync(data);

        Assert.Single(Directory.GetFiles(home.ThreadsPath));
        Assert.Equal(Own, File.GetUnixFileMode(home.Path));
    }

    [Fact]
    public async Task Directory_ThatOthersCanRead_IsClosedToThemWhenItIsEmpty()
    {
        using var data = new DataSidecar();
        Directory.CreateDirectory(data.Path);
        File.SetUnixFileMode(data.Path, Open);

        await AssertWorksAsync(data);

        Assert.Equal(Own, File.GetUnixFileMode(data.Path));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("dangling")]
    [InlineData("other things")]
    [InlineData("under a file")]
    [InlineData("threads is a file")]
    public async Task Directory_ThatCannotBe_IsFatalAndNothingIsTouched(string what)
    {
        using var home = new DataSidecar();
        var data = what == "under a file" ? new DataSidecar { Path = Path.Combine(home.Path, "data") } : home;
        switch (what)
        {
            case "file" or "under a file":
                await File.WriteAllTextAsync(home.Path, "mine");
                break;
            case "dangling":
                File.CreateSymbolicLink(home.Path, Path.Combine(home.Folder, "nowhere", "at", "all"));
                break;
            case "threads is a file":
                Directory.CreateDirectory(home.Path, Own);
                await File.WriteAllTextAsync(home.ThreadsPath, "mine");
                break;
            default:
                Directory.CreateDirectory(home.Path);
                await File.WriteAllTextAsync(Path.Combine(home.Path, "notes.txt"), "mine");
                File.SetUnixFileMode(home.Path, Open);
                break;
        }

        await using var host = new BridgeHost();
        host.Listen();
        await using var process = await data.StartRefusedAsync(host);

        Assert.Equal(1, await process.ExitCodeAsync());
        Fatal.AssertOnly(process, "data_dir_unusable");
        Assert.All(
            Directory.GetFiles(home.Folder, "*", SearchOption.AllDirectories).Where(static path => new FileInfo(path).LinkTarget is null && Path.GetFileName(path) != "lock"),
            static path => Assert.Equal("mine", File.ReadAllText(path)));
        Assert.True(what != "other things" || File.GetUnixFileMode(home.Path) == Open);
    }

    /// <summary>The sidecar of another user's choice of a place: as root, who may give a link away.</summary>
    [Fact]
    public async Task Directory_ThatIsALinkOfAnotherUser_IsRefused()
    {
        if (!Posix.IsRoot)
        {
            return;
        }

        using var data = new DataSidecar();
        var own = Path.Combine(data.Folder, "own");
        Directory.CreateDirectory(own, Own);
        File.CreateSymbolicLink(data.Path, own);
        await Tool.RunAsync("chown", "chown", "/", ["-h", "65534", data.Path], Deadline.Token());

        await AssertRefusedAsync(data, static usual => usual);

        Assert.Empty(Directory.GetFileSystemEntries(own));
    }

    /// <summary>On a file system without locks .NET's own locking does nothing.</summary>
    [Fact]
    public async Task Directory_WithoutLocks_IsRefused()
    {
        using var data = new DataSidecar();

        await AssertRefusedAsync(data, static usual => usual with
        {
            Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" },
        });
    }

    private static async Task AssertRefusedAsync(DataSidecar data, Func<Launch, Launch> launch)
    {
        await using var host = new BridgeHost();
        host.Listen();
        await using var process = await SidecarProcess.StartAsync(
            launch(new Launch(["serve", "--bridge", host.PipePath, .. data.Flags]) { Input = host.LaunchLine }));

        Assert.Equal(1, await process.ExitCodeAsync());
        Fatal.AssertOnly(process, "data_dir_unusable");
    }

    /// <summary>A conversation there outlives a sidecar.</summary>
    private static async Task AssertWorksAsync(DataSidecar data, Func<Launch, Launch>? launch = null)
    {
        string thread;
        await using (var first = await data.StartAsync(launch))
        {
            thread = await DataSidecar.TurnAsync(first, await first.MintAsync(), "hello");
            await DataSidecar.StopAsync(first);
        }

        await using var second = await data.StartAsync(launch);
        Assert.Equal([thread], await DataSidecar.ListAsync(second, await second.MintAsync()));
        await DataSidecar.StopAsync(second);
    }
}
