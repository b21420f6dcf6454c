using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Lifecycle;

/// <summary>Nobody has to read the logs, and no log has anywhere to go: the sidecar works all the same.</summary>
public sealed class LogTests
{
    private static readonly Dictionary<string, Func<Launch, Launch>> Sinks = new()
    {
        ["never read"] = launch => launch with { ReadsErrors = false },
        ["full"] = launch => Through(launch, "exec \"$0\" \"$@\" 2>/dev/full"),
        ["closed before the start"] = launch => Through(launch, "exec \"$0\" \"$@\" 2>&-"),
        ["a closed pipe"] = launch => launch with { ReadsErrors = false },
    };

    public static TheoryData<string> Rows => [.. Sinks.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Sidecar_WhoseStderrGoesNowhere_ServesAndEnds(string row)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Launch = Sinks[row] });
        if (row == "a closed pipe")
        {
            sidecar.Process.CloseErrors();
        }

        // a pipe nobody reads holds 64 KiB; this many requests at trace write far more
        var session = await sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":10000}""");
        for (var count = 0; count < 400; count++)
        {
            Assert.Equal(200, (await sidecar.ChatAsync(session, ChatBody.List)).Status);
        }

        using (var stream = await sidecar.StreamAsync(session, "hello"))
        {
            await stream.ToEndAsync();
            Assert.Equal("Hello! from 東京.", stream.Deltas);
        }

        var before = CpuTicks(sidecar.Process.Id);
        await Deadline.Passes(TimeSpan.FromSeconds(1));
        var after = CpuTicks(sidecar.Process.Id);
        sidecar.Process.Signal(Posix.SigTerm);
        var exit = await sidecar.Process.ExitCodeAsync();

        // a spin would burn a hundred ticks in that second
        Assert.InRange(after - before, 0, 30);
        Assert.Equal(0, exit);
        Assert.Single(sidecar.Process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Lines_InJson_AreObjectsWithATimeALevelAndAnEvent()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        await sidecar.ChatAsync(session, ChatBody.List);
        sidecar.Process.Signal(Posix.SigTerm);
        await sidecar.Process.ExitCodeAsync();

        var lines = sidecar.Process.Errors.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.IsType<JsonObject>(JsonNode.Parse(line)));
        Assert.All(lines, line => Assert.True(JsonNode.Parse(line)!.AsObject().Count >= 3, line));
    }

    [Fact]
    public async Task Lines_InText_AreNotJson()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--log-format", "text"] });
        await sidecar.MintAsync();
        sidecar.Process.Signal(Posix.SigTerm);
        await sidecar.Process.ExitCodeAsync();

        var lines = sidecar.Process.Errors.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.False(line.StartsWith('{'), line));
    }

    [Fact]
    public async Task Lines_AtNone_AreAbsent()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { LogLevel = "none" });
        await sidecar.MintAsync();
        sidecar.Process.Signal(Posix.SigTerm);
        await sidecar.Process.ExitCodeAsync();

        Assert.Equal("", sidecar.Process.Errors.Text);
    }

    private static Launch Through(Launch launch, string script) => launch with { Wrapper = ["/bin/sh", "-c", script] };

    /// <summary>User and system time of a process in the kernel's ticks of 10 ms.</summary>
    private static long CpuTicks(int process)
    {
        var stat = File.ReadAllText(FormattableString.Invariant($"/proc/{process}/stat"));
        var columns = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(columns[11], System.Globalization.CultureInfo.InvariantCulture)
            + long.Parse(columns[12], System.Globalization.CultureInfo.InvariantCulture);
    }
}
