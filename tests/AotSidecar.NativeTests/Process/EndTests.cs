using System.Runtime.Versioning;

namespace AotSidecar.NativeTests;

/// <summary>Every way to be asked to stop: docs/security.md#rows-l-the-process, L3 and L5, and the bridge's end.</summary>
public sealed class EndTests
{
    private static readonly Dictionary<string, Func<Sidecar, Task>> Ends = new(OfThisSystem())
    {
        ["L3 stdin EOF"] = sidecar => Do(sidecar.Process.CloseInput),
        ["bridge closed"] = async sidecar => (await sidecar.Host.ConnectedAsync()).Close(),
        ["bridge shutdown"] = async sidecar => await (await sidecar.Host.ConnectedAsync()).CallAsync("shutdown", "null"),
    };

    public static TheoryData<string> Rows => [.. Ends.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task End_WhileIdle_IsExit0(string row)
    {
        await using var sidecar = await Sidecar.StartAsync();
        using var idle = await sidecar.ConnectAsync();

        await Ends[row](sidecar);
        var exit = await sidecar.Process.ExitCodeAsync();

        Assert.True(exit == 0, $"{row}: exit {exit}\n{sidecar.Process.Errors.Text}");
        Assert.Single(sidecar.Process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Fatal.AssertNoStackTrace(sidecar.Process);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task End_DuringStreams_GivesEachAFinalErrorEvent(string row)
    {
        await using var sidecar = await Sidecar.StartAsync();
        var closed = new List<Task>();
        sidecar.Provider.Answer = exchange =>
        {
            lock (closed)
            {
                closed.Add(exchange.ClientClosed);
            }

            return ResponsesStream.EndlessAsync(exchange);
        };
        var session = await sidecar.MintAsync();
        var streams = new List<ChatStream>();
        for (var count = 0; count < 3; count++)
        {
            streams.Add(await sidecar.StreamAsync(session, "hello"));
            await streams[^1].UntilDeltaAsync();
        }

        await Ends[row](sidecar);
        await Task.WhenAll(streams.Select(stream => stream.ToEndAsync())).Within("the end of the streams");
        var exit = await sidecar.Process.ExitCodeAsync();

        Assert.True(exit == 0, $"{row}: exit {exit}\n{sidecar.Process.Errors.Text}");
        Assert.All(streams, stream => Assert.True(stream.Error is not null && stream.EndedCleanly, $"{row}: {stream.Raw}"));
        await Task.WhenAll(closed).Within("the end of the provider's connections");
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(async () => (await sidecar.ConnectAsync()).Dispose());
    }

    [Fact]
    public async Task End_WhileAStreamCanFinishInTime_LetsIt()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = exchange => ResponsesStream.WordsAsync(
            exchange, index => index == 1 ? release.Task : Task.CompletedTask, "one", " two");
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.UntilDeltaAsync();

        sidecar.Process.AskToEnd();
        await PortClosesAsync(sidecar);
        release.SetResult();
        await stream.ToEndAsync();
        var exit = await sidecar.Process.ExitCodeAsync();

        Assert.Equal("one two", stream.Deltas);
        Assert.Null(stream.Error);
        Assert.Equal(0, exit);
    }

    /// <summary>The question may be waiting for a person, who has longer than the process.</summary>
    [Fact]
    public async Task End_WhileAMintWaitsForTheHost_AnswersItAndDoesNotWait()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--bridge-timeout", "300"],
            Host = host => host.OnSecretsGet = (_, _) => Task.CompletedTask,
        });
        var bridge = await sidecar.Host.ConnectedAsync();
        var overHttp = sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        var overTheBridge = bridge.CallAsync("sessions/create", """{"secretKeyId":"another"}""");
        await bridge.MessageAsync(message => (string?)message["params"]?["secretKeyId"] == "openai-main");
        await bridge.MessageAsync(message => (string?)message["params"]?["secretKeyId"] == "another");

        await bridge.CallAsync("shutdown", "null");

        Assert.Equal((503, "bridge_unavailable"), ((await overHttp).Status, (await overHttp).Code));
        Assert.Equal("bridge_unavailable", (string?)(await overTheBridge)["error"]!["data"]!["code"]);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.DoesNotContain("StreamsCut", sidecar.Process.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signal_TheSecondOne_EndsAtOnce()
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = ResponsesStream.EndlessAsync;
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.UntilDeltaAsync();

        sidecar.Process.Interrupt();
        await PortClosesAsync(sidecar);
        sidecar.Process.Interrupt();
        await sidecar.Process.ExitCodeAsync();

        Assert.Null(stream.Error);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    public async Task Signal_ThatWasIgnoredBeforeTheStart_EndsTheSidecar()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { Wrapper = ["/bin/sh", "-c", "trap '' INT; exec \"$0\" \"$@\""] },
        });

        sidecar.Process.Signal(Posix.SigInt);

        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task End_OfTheParentPid_EndsTheSidecar()
    {
        await using var parent = await SidecarProcess.StartAsync(new Launch("-e", "setInterval(() => {}, 1000)") { Executable = "node" });
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--parent-pid", parent.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)],
        });

        parent.Kill();
        await parent.ExitCodeAsync();
        var exit = await sidecar.Process.ExitCodeAsync();

        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task Start_ForAParentThatIsGone_EndsAtOnce()
    {
        var parent = await SidecarProcess.StartAsync(new Launch("-e", "0") { Executable = "node" });
        var id = parent.Id;
        await parent.ExitCodeAsync();
        await parent.DisposeAsync();
        await using var host = new BridgeHost();
        host.Listen();

        await using var process = await SidecarProcess.StartAsync(new Launch(
            "serve", "--bridge", host.PipePath, "--parent-pid", id.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            Input = host.LaunchLine,
        });

        Assert.Contains(await process.ExitCodeAsync(), (int[])[0, 2]);
    }

    private static Dictionary<string, Func<Sidecar, Task>> OfThisSystem() => OperatingSystem.IsWindows()
        ? new() { ["L5 Ctrl-Break"] = sidecar => Do(sidecar.Process.Interrupt) }
        : OfUnix();

    [UnsupportedOSPlatform("windows")]
    private static Dictionary<string, Func<Sidecar, Task>> OfUnix() => new()
    {
        ["L5 SIGTERM"] = sidecar => Do(() => sidecar.Process.Signal(Posix.SigTerm)),
        ["L5 SIGINT"] = sidecar => Do(() => sidecar.Process.Signal(Posix.SigInt)),
        ["L5 SIGHUP"] = sidecar => Do(() => sidecar.Process.Signal(Posix.SigHup)),
    };

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    /// <summary>The port is closed first, so a refused connection says that the end has begun.</summary>
    private static async Task PortClosesAsync(Sidecar sidecar)
    {
        while (true)
        {
            try
            {
                using var connection = await sidecar.ConnectAsync();
                await connection.ClosesAsync().WaitAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
            catch (System.Net.Sockets.SocketException)
            {
                return;
            }
            catch (TimeoutException)
            {
                // still served
            }
        }
    }
}
