using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests;

/// <summary>
/// A machine that lacks something (descriptors, a port, a home directory), and two sidecars on one machine.
/// </summary>
public sealed class MachineTests
{
    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Descriptors_UsedUpByAHundredConnections_ComeBack()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { Wrapper = ["/bin/sh", "-c", "ulimit -n 32; exec \"$0\" \"$@\""] },
        });
        var session = await sidecar.MintAsync();

        var flood = new List<RawConnection>();
        for (var count = 0; count < 100; count++)
        {
            flood.Add(await sidecar.ConnectAsync());
            await flood[^1].SendUnlessRefusedAsync("GET /health HTTP/1.1\r\n"u8.ToArray());
        }

        flood.ForEach(connection => connection.Reset());
        var reply = await EventuallyAsync(() => sidecar.ChatAsync(session, ChatBody.List));
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.ToEndAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal("Hello! from 東京.", stream.Deltas);
    }

    [Theory]
    [InlineData("ulimit -n 10")]
    [InlineData("ulimit -n 20")]
    [InlineData("ulimit -v 300000")]
    [InlineData("ulimit -s 128")]
    [InlineData("ulimit -s 64")]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Start_WithTooLittleOfSomething_IsReadyOrFatal(string limit)
    {
        await using var host = new BridgeHost();
        host.Listen();

        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--bridge", host.PipePath)
        {
            Input = host.LaunchLine,
            Wrapper = ["/bin/sh", "-c", $"{limit}; exec \"$0\" \"$@\""],
        });
        var announced = await process.AnnouncementAsync();

        if ((string?)announced["event"] == "ready")
        {
            process.Signal(Posix.SigTerm);
            Assert.Equal(0, await process.ExitCodeAsync());
        }
        else
        {
            Assert.Equal(1, await process.ExitCodeAsync());
            Assert.Equal("internal_error", (string?)announced["code"]);
            Assert.Single(process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public async Task Port_ThatIsInUse_IsFatalWithExit4()
    {
        using var squatter = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        squatter.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        squatter.Listen();
        var port = ((IPEndPoint)squatter.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        await using var host = new BridgeHost();
        host.Listen();

        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath, "--port", port) { Input = host.LaunchLine });
        var exit = await process.ExitCodeAsync();

        Assert.True(exit == 4, process.Output.Text + process.Errors.Text);
        Fatal.AssertOnly(process, "port_in_use");
    }

    [Fact]
    public async Task Sidecars_BesideEachOther_RefuseEachOthersCredentials()
    {
        await using var one = await Sidecar.StartAsync();
        await using var two = await Sidecar.StartAsync();
        var session = await one.MintAsync();

        var token = await two.ChatAsync(session, ChatBody.List);
        var mint = await two.SendAsync(
            new HttpCall("POST", "/sessions") { Bearer = one.Host.LaunchSecret, Body = """{"secret_key_id":"k"}""" });

        Assert.Equal("invalid_credential", token.Code);
        Assert.Equal("invalid_credential", mint.Code);
        Assert.NotEqual(one.Port, two.Port);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Start_WithoutHomeTempOrAWritableFolder_NeedsNone()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with
            {
                WorkingDirectory = "/proc",
                Environment = new Dictionary<string, string> { ["TMPDIR"] = "/nonexistent" },
            },
        });
        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.True(stream.EndedCleanly);
        Assert.Null(stream.Error);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Start_OnADiskThatIsFull_NeedsNone()
    {
        await using var disk = await SmallDisk.MountAsync(64);
        await disk.FillAsync();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with
            {
                WorkingDirectory = disk.Path,
                Environment = new Dictionary<string, string> { ["TMPDIR"] = disk.Path, ["HOME"] = disk.Path },
            },
        });
        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();
        sidecar.Process.Signal(Posix.SigTerm);

        Assert.Equal("Hello! from 東京.", stream.Deltas);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    public async Task Executable_ReplacedWhileItRuns_GoesOnServing()
    {
        var folder = Directory.CreateTempSubdirectory("aot-");
        var copy = Path.Combine(folder.FullName, "aotsidecar");
        File.Copy(await PublishedExecutable.PathAsync(), copy);
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { Executable = copy },
        });

        var other = copy + ".new";
        await File.WriteAllTextAsync(other, "#!/bin/sh\n");
        File.Move(other, copy, overwrite: true);
        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();
        sidecar.Process.AskToEnd();
        var exit = await sidecar.Process.ExitCodeAsync();
        folder.Delete(recursive: true);

        Assert.Equal("Hello! from 東京.", stream.Deltas);
        Assert.Equal(0, exit);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Process_FromItsStart_CannotBeDumpedOrTraced()
    {
        // root owns everything it runs, so only another user's process shows whether the kernel keeps its memory from it
        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--bridge", "/nowhere/b")
        {
            Wrapper = Posix.IsRoot ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [],
        });
        var folder = FormattableString.Invariant($"/proc/{process.Id}");

        // the wrapper, still root itself, has to have become the sidecar
        await IsAsync("aotsidecar\n", "cat", $"{folder}/comm");
        await IsAsync("0\n", "stat", "-c", "%u", $"{folder}/environ");
        var limits = await File.ReadAllLinesAsync($"{folder}/limits");

        var core = Assert.Single(limits, line => line.StartsWith("Max core file size", StringComparison.Ordinal));
        Assert.Matches(@"^Max core file size\s+0\s+0\s", core);
    }

    /// <summary>Asks until the tool says it.</summary>
    private static async Task IsAsync(string said, string tool, params string[] arguments)
    {
        var limit = Deadline.Token();
        while (await Tool.RunAsync(tool, "coreutils", "/", arguments, limit) != said)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit);
        }
    }

    /// <summary>Repeats a request while the sidecar has no descriptor to answer it with.</summary>
    private static async Task<RawReply> EventuallyAsync(Func<Task<RawReply>> send)
    {
        var limit = Deadline.Token();
        while (true)
        {
            try
            {
                return await send();
            }
            catch (Exception exception) when (exception is SocketException or Xunit.Sdk.XunitException && !limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit);
            }
        }
    }
}
