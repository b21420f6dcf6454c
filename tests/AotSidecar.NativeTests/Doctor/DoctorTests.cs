using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Doctor;

/// <summary>What <c>aotsidecar doctor</c> finds on this machine, and on a worse one.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_OnAMachineThatIsFine_IsExit0WithALineEach()
    {
        await using var process = await SidecarProcess.StartAsync(new Launch("doctor"));

        Assert.Equal(0, await process.ExitCodeAsync());
        var lines = process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, static line => Assert.StartsWith("good  ", line, StringComparison.Ordinal));
        foreach (var check in (string[])["executable", "tls library", "loopback port", "private pipe", "clock"])
        {
            Assert.Single(lines, line => line.Contains($" {check} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Doctor_InJson_SaysTheSame()
    {
        var folder = Directory.CreateTempSubdirectory("aot-");
        await using var process = await SidecarProcess.StartAsync(new Launch("doctor", "--json", "--data-dir", folder.FullName));

        Assert.Equal(0, await process.ExitCodeAsync());
        var report = JsonNode.Parse(process.Output.Text)!;
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.FullName));
        folder.Delete();

        Assert.True((bool)report["good"]!);
        Assert.Matches(@"^\d+\.\d+\.\d+", (string?)report["version"]);
        Assert.Equal(
            ["executable", "tls library", "loopback port", "private pipe", "clock", "data directory"],
            report["checks"]!.AsArray().Select(static check => (string?)check!["name"]));
    }

    [Theory]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    [InlineData("private pipe", "/nonexistent", "/tmp/unused", null)]
    [InlineData("data directory", "/tmp", "/proc/nowhere", null)]
    [InlineData("data directory", "/tmp", "/dev/null", null)]
    [InlineData("provider", "/tmp", "/tmp", "http://127.0.0.1:9/v1")]
    public async Task Doctor_OfSomethingBad_NamesTheMendWithExit1(string check, string temporary, string data, string? provider)
    {
        string[] online = provider is null ? [] : ["--online", "--upstream-url", provider];
        await using var process = await SidecarProcess.StartAsync(new Launch(["doctor", "--json", "--data-dir", data, .. online])
        {
            Environment = new Dictionary<string, string> { ["TMPDIR"] = temporary },
        });

        var exit = await process.ExitCodeAsync();
        var report = JsonNode.Parse(process.Output.Text)!;

        Assert.True(exit == 1, process.Output.Text + process.Errors.Text);
        Assert.False((bool)report["good"]!);
        var bad = Assert.Single(report["checks"]!.AsArray(), static found => !(bool)found!["good"]!)!;
        Assert.Equal(check, (string?)bad["name"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)bad["mend"]));
        Fatal.AssertNoStackTrace(process);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    public async Task Doctor_WithATemporaryFolderTooDeepForASocket_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("aot-");
        var deep = folder.CreateSubdirectory(new string('x', 120));
        await using var process = await SidecarProcess.StartAsync(new Launch("doctor")
        {
            Environment = new Dictionary<string, string> { ["TMPDIR"] = deep.FullName },
        });

        var exit = await process.ExitCodeAsync();
        folder.Delete(recursive: true);

        Assert.Equal(1, exit);
        Assert.Contains("bad   private pipe", process.Output.Text, StringComparison.Ordinal);
        Fatal.AssertNoStackTrace(process);
    }

    [Fact]
    public async Task Doctor_Online_ReachesAProviderThatIsThere()
    {
        using var provider = new FakeProvider { Answer = static exchange => exchange.ReplyAsync(401, "{}") };
        await using var process = await SidecarProcess.StartAsync(new Launch("doctor", "--online", "--upstream-url", provider.BaseUrl));

        Assert.Equal(0, await process.ExitCodeAsync());
        Assert.Contains("good  provider", process.Output.Text, StringComparison.Ordinal);
        Assert.Null(Assert.Single(provider.Requests).Bearer);
    }
}
