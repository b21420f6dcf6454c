using AotSidecar.CommandLine;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.CommandLine;

public sealed class ServeFlagsTests
{
    [Fact]
    public void Parse_OfTheLeast_HasTheContractsDefaults()
    {
        var options = Parse();

        Assert.Equal((0, null, 600, 256, 10), (options.Port, options.ParentPid, options.SessionLifetimeSeconds, options.MaxSessions, (int)options.BridgeTimeout.TotalSeconds));
        Assert.Equal(("https://api.openai.com/v1", ProviderApi.Responses), (options.UpstreamUrl.ToString(), options.UpstreamApi));
        Assert.Empty(options.AllowOrigins);
        Assert.False(options.TextLogs);
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.DeltaInterval);
    }

    [Fact]
    public void Parse_OfBothSpellingsAndRepeatedFlags_TakesThem()
    {
        var options = Parse("--port=4711", "--allow-origin", "https://a.example", "--allow-origin=vscode-webview://*", "--upstream-api", "chat-completions");

        Assert.Equal((4711, ProviderApi.ChatCompletions), (options.Port, options.UpstreamApi));
        Assert.Equal(["https://a.example", "vscode-webview://*"], options.AllowOrigins);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("serve")]
    [InlineData("--port")]
    [InlineData("--port", "1", "--port", "2")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "-1")]
    [InlineData("--port", "0x10")]
    [InlineData("--port", " 1")]
    [InlineData("--session-lifetime", "0")]
    [InlineData("--session-lifetime", "86401")]
    [InlineData("--bridge-timeout", "301")]
    [InlineData("--allow-origin", "*")]
    [InlineData("--allow-origin", "https://a.example/")]
    [InlineData("--allow-host", "a/b")]
    [InlineData("--upstream-url", "http://api.example")]
    [InlineData("--upstream-url", "https://user@api.example")]
    [InlineData("--upstream-api", "grpc")]
    [InlineData("--log-level", "loud")]
    [InlineData("--log-format", "xml")]
    [InlineData("--ca-file", "/does/not/exist")]
    [InlineData("--instructions-file", "/does/not/exist")]
    [InlineData("--parent-pid", "0")]
    [InlineData("--delta-interval", "1001")]
    [InlineData("--delta-interval", "-1")]
    public void Parse_OfABadFlag_IsAUsageError(params string[] arguments)
    {
        var fatal = Assert.Throws<FatalException>(() => Parse(arguments));

        Assert.Equal(("usage_error", ExitCode.Usage), (fatal.Code, fatal.ExitCode));
    }

    [Theory]
    [InlineData("", "has no PEM certificate")]
    [InlineData("nothing", "has no PEM certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "has a certificate that cannot be read")]
    public void Parse_OfACaFileWithoutAuthorities_SaysWhatIsWrong(string text, string wrong)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);

        var fatal = Assert.Throws<FatalException>(() => Parse("--ca-file", file));

        File.Delete(file);
        Assert.Equal("usage_error", fatal.Code);
        Assert.Contains($"{file} {wrong}", fatal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prot", "--port")]
    [InlineData("--log-leve", "--log-level")]
    public void Parse_OfASlipOfTheFinger_NamesTheFlagThatIsNear(string given, string near) =>
        Assert.Contains($"did you mean {near}?", Assert.Throws<FatalException>(() => Parse(given, "1")).Message);

    [Fact]
    public void Parse_WithoutABridge_SaysHowToTryItOut() =>
        Assert.Contains("demo", Assert.Throws<FatalException>(() => ServeFlags.Parse([])).Message);

    private static ServeOptions Parse(params string[] arguments) =>
        ServeFlags.Parse(["--bridge", OperatingSystem.IsWindows() ? "b" : "/b", .. arguments]);
}
