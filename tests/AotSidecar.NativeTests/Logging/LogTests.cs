using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Logging;

/// <summary>The sidecar works although nobody reads its log, or stderr is closed.</summary>
public sealed class LogTests
{
    [Theory]
    [InlineData("never read")]
    [InlineData("a closed pipe")]
    public async Task Sidecar_WhoseStderrNobodyReads_ServesAndEnds(string row)
    {
        await using var sidecar = await Sidecar.StartAsync(
            new SidecarSetup { Launch = launch => launch with { ReadsErrors = false } });
        if (row == "a closed pipe")
        {
            sidecar.Process.CloseErrors();
        }

        await ServesAndEndsAsync(sidecar);
    }

    [Theory]
    [InlineData("full", "2>/dev/full")]
    [InlineData("closed before the start", "2>&-")]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Sidecar_WhoseStderrTakesNothing_ServesAndEnds(string row, string redirection)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { Wrapper = ["/bin/sh", "-c", $"exec \"$0\" \"$@\" {redirection}"] },
        });

        Assert.NotEmpty(row);
        await ServesAndEndsAsync(sidecar);
    }

    [Fact]
    public async Task Lines_InJson_AreObjectsWithATimeALevelAndAnEvent()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        await sidecar.ChatAsync(session, ChatBody.List);
        sidecar.Process.AskToEnd();
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
        sidecar.Process.AskToEnd();
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
        sidecar.Process.AskToEnd();
        await sidecar.Process.ExitCodeAsync();

        Assert.Equal("", sidecar.Process.Errors.Text);
    }

    private static async Task ServesAndEndsAsync(Sidecar sidecar)
    {
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

        var before = sidecar.Process.ProcessorTime();
        await Deadline.Passes(TimeSpan.FromSeconds(1));
        var after = sidecar.Process.ProcessorTime();
        sidecar.Process.AskToEnd();
        var exit = await sidecar.Process.ExitCodeAsync();

        // a spin would burn all of that second
        Assert.InRange(after - before, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        Assert.Equal(0, exit);
        Assert.Single(sidecar.Process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
