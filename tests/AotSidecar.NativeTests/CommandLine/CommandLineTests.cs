
namespace AotSidecar.NativeTests.CommandLine;

/// <summary>What the executable says and answers before it serves anything.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string, string[]> WrongUsage => new()
    {
        { "unknown flag", ["serve", "--bridge", Launch.NobodysBridge, "--frobnicate"] },
        { "bridge missing", ["serve"] },
        { "bridge without a value", ["serve", "--bridge"] },
        { "port not a number", ["serve", "--bridge", Launch.NobodysBridge, "--port", "http"] },
        { "port too large", ["serve", "--bridge", Launch.NobodysBridge, "--port", "65536"] },
        { "lifetime 0", ["serve", "--bridge", Launch.NobodysBridge, "--session-lifetime", "0"] },
        { "lifetime 86401", ["serve", "--bridge", Launch.NobodysBridge, "--session-lifetime", "86401"] },
        { "bridge timeout 301", ["serve", "--bridge", Launch.NobodysBridge, "--bridge-timeout", "301"] },
        { "upstream http elsewhere", ["serve", "--bridge", Launch.NobodysBridge, "--upstream-url", "http://example.com/v1"] },
        { "unknown api", ["serve", "--bridge", Launch.NobodysBridge, "--upstream-api", "telepathy"] },
        { "unknown level", ["serve", "--bridge", Launch.NobodysBridge, "--log-level", "loud"] },
        { "no value behind =", ["serve", "--bridge="] },
        { "bridge twice", ["serve", "--bridge", Launch.NobodysBridge, "--bridge", Launch.NobodysBridge] },
        { "port with a sign", ["serve", "--bridge", Launch.NobodysBridge, "--port", "+5"] },
        { "port with a blank", ["serve", "--bridge", Launch.NobodysBridge, "--port", " 5"] },
        { "port in other digits", ["serve", "--bridge", Launch.NobodysBridge, "--port", "\u0663"] },
        { "parent 0", ["serve", "--bridge", Launch.NobodysBridge, "--parent-pid", "0"] },
        { "max sessions 0", ["serve", "--bridge", Launch.NobodysBridge, "--max-sessions=0"] },
        { "lifetime with a fraction", ["serve", "--bridge", Launch.NobodysBridge, "--session-lifetime", "1.5"] },
        { "origin with a slash", ["serve", "--bridge", Launch.NobodysBridge, "--allow-origin", "https://a.example/"] },
        { "origin null", ["serve", "--bridge", Launch.NobodysBridge, "--allow-origin", "null"] },
        { "host with a scheme", ["serve", "--bridge", Launch.NobodysBridge, "--allow-host", "http://a.example"] },
        { "host *", ["serve", "--bridge", Launch.NobodysBridge, "--allow-host", "*"] },
        { "upstream with a user", ["serve", "--bridge", Launch.NobodysBridge, "--upstream-url", "https://u:p@a.example/v1"] },
        { "empty model", ["serve", "--bridge", Launch.NobodysBridge, "--model", ""] },
        { "instructions are a folder", ["serve", "--bridge", Launch.NobodysBridge, "--instructions-file", "/"] },
        { "proxy with credentials", ["serve", "--bridge", Launch.NobodysBridge, "--proxy", "http://user:secret@a.example"] },
        { "proxy of another scheme", ["serve", "--bridge", Launch.NobodysBridge, "--proxy", "socks5://a.example"] },
        { "certificates missing", ["serve", "--bridge", Launch.NobodysBridge, "--ca-file", "/nowhere/ca.pem"] },
        { "certificates that are none", ["serve", "--bridge", Launch.NobodysBridge, "--ca-file", RepositoryRoot.Path + "/README.md"] },
        { "level in capitals", ["serve", "--bridge", Launch.NobodysBridge, "--log-level", "INFO"] },
        { "level critical", ["serve", "--bridge", Launch.NobodysBridge, "--log-level", "critical"] },
        { "unknown format", ["serve", "--bridge", Launch.NobodysBridge, "--log-format", "xml"] },
        { "flag in capitals", ["serve", "--bridge", Launch.NobodysBridge, "--Port", "0"] },
        { "two dashes alone", ["serve", "--bridge", Launch.NobodysBridge, "--"] },
        { "doctor with a stray word", ["doctor", "now"] },
        { "doctor with a value for a switch", ["doctor", "--json=1"] },
        { "empty question", ["demo", "--ask", ""] },
        { "origin *", ["serve", "--bridge", Launch.NobodysBridge, "--allow-origin", "*"] },
        { "neither path nor name", ["serve", "--bridge", @"a\b"] },
        { "stray word", ["serve", "--bridge", Launch.NobodysBridge, "now"] },
        { "unknown command", ["sing"] },
    };

    [Theory]
    [MemberData(nameof(WrongUsage))]
    public async Task Start_WithWrongUsage_IsAUsageErrorWithExit2(string name, string[] arguments)
    {
        await using var process = await SidecarProcess.StartAsync(new Launch(arguments));

        var exit = await process.ExitCodeAsync();

        Assert.True(exit == 2, $"{name}: exit {exit}");
        Fatal.AssertOnly(process, "usage_error");
    }

    [Fact]
    public async Task Start_WithoutArguments_PrintsUsageOnStderrWithExit2()
    {
        await using var process = await SidecarProcess.StartAsync(new Launch());

        var exit = await process.ExitCodeAsync();

        Assert.Equal(2, exit);
        Assert.Contains("aotsidecar serve --bridge", process.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        await using var process = await SidecarProcess.StartAsync(new Launch("--version"));

        var exit = await process.ExitCodeAsync();

        Assert.Equal(0, exit);
        Assert.Matches($@"\Aaotsidecar \d+\.\d+\.\d+{Environment.NewLine}\z", process.Output.Text);
        Assert.Empty(process.Errors.Bytes);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("demo --help")]
    [InlineData("doctor --help")]
    public async Task Help_OfEveryCommand_IsOnStdoutWithExit0(string arguments)
    {
        await using var process = await SidecarProcess.StartAsync(new Launch(arguments.Split(' ')));

        var exit = await process.ExitCodeAsync();

        Assert.Equal(0, exit);
        Assert.Contains("aotsidecar", process.Output.Text, StringComparison.Ordinal);
        Assert.All(process.Output.Text.Split('\n'), line => Assert.True(line.Length <= 120, line));
    }

    [Fact]
    public async Task Help_OfServe_NamesEveryFlagOfTheContract()
    {
        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--help"));

        await process.ExitCodeAsync();

        string[] flags =
        [
            "--bridge", "--port", "--parent-pid", "--allow-origin", "--allow-host", "--session-lifetime", "--max-sessions",
            "--bridge-timeout", "--upstream-url", "--upstream-api", "--model", "--instructions-file", "--data-dir",
            "--delta-interval", "--proxy", "--ca-file", "--log-level", "--log-format",
        ];
        Assert.All(flags, flag => Assert.Contains(flag, process.Output.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithAMissingInstructionsFile_IsAUsageError()
    {
        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", Launch.NobodysBridge, "--instructions-file", "/nowhere/instructions.md"));

        var exit = await process.ExitCodeAsync();

        Assert.Equal(2, exit);
        Fatal.AssertOnly(process, "usage_error");
    }
}
