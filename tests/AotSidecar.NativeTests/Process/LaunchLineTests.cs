using System.Text;

namespace AotSidecar.NativeTests;

/// <summary>The first line on stdin: docs/security.md#rows-l-the-process, L4.</summary>
public sealed class LaunchLineTests
{
    // recognisable in any output that repeats it
    private const string Secret = "CanaryCanaryCanaryCanaryCanaryCanaryCanary1";

    public static TheoryData<string, byte[]> BadLines => new()
    {
        { "L4 empty line", Line("") },
        { "L4 garbage", Line("hello " + Secret) },
        { "L4 1 MiB line", Line($$"""{"launchSecret":"{{Secret}}","pad":"{{new string('x', 1 << 20)}}"}""") },
        { "L4 16 KiB and one byte", Line($$"""{"launchSecret":"{{Secret}}","pad":"{{new string('x', 16384)}}"}""") },
        { "L4 CR only", Encoding.UTF8.GetBytes(Good[..^1] + "\r" + new string('x', 17000)) },
        { "L4 invalid UTF-8", [.. Encoding.UTF8.GetBytes($$"""{"launchSecret":"{{Secret}}"""), 0xff, 0xfe, .. "\"}\n"u8] },
        { "L4 array", Line($$"""["{{Secret}}"]""") },
        { "L4 number", Line("""{"launchSecret":43}""") },
        { "L4 null", Line("""{"launchSecret":null}""") },
        { "L4 member missing", Line($$"""{"secret":"{{Secret}}"}""") },
        { "L4 42 characters", Line($$"""{"launchSecret":"{{Secret[1..]}}"}""") },
        { "L4 illegal alphabet", Line($$"""{"launchSecret":"{{Secret}}+/="}""") },
        { "L4 duplicate member", Line($$"""{"launchSecret":"{{Secret}}","launchSecret":"{{Secret}}"}""") },
        { "L4 two documents", Line($$"""{"launchSecret":"{{Secret}}"} {}""") },
        { "L4 BOM", [0xef, 0xbb, 0xbf, .. Line($$"""{"launchSecret":"{{Secret}}"}""")] },
    };

    private static string Good => $$"""{"launchSecret":"{{Secret}}"}""" + "\n";

    [Theory]
    [MemberData(nameof(BadLines))]
    public async Task LaunchLine_ThatIsBad_IsRefusedWithoutAnEcho(string name, byte[] line)
    {
        await using var host = new BridgeHost();
        host.Listen();
        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath, "--log-level", "trace") { Input = line });

        var exit = await process.ExitCodeAsync();

        Assert.True(exit == 2, $"{name}: exit {exit} {process.Output.Text}");
        Fatal.AssertOnly(process, "launch_line_invalid");
        Assert.DoesNotContain("Canary", process.Output.Text + process.Errors.Text, StringComparison.Ordinal);
        Assert.Empty(host.Connections);
    }

    [Fact]
    public async Task LaunchLine_ThatEndsWithStdin_IsRefused()
    {
        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--bridge", Launch.NobodysBridge));
        process.CloseInput();

        var exit = await process.ExitCodeAsync();

        Assert.Equal(2, exit);
        Fatal.AssertOnly(process, "launch_line_invalid");
    }

    [Fact]
    public async Task LaunchLine_WithoutItsLineFeed_TimesOut()
    {
        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", Launch.NobodysBridge) { Input = Encoding.UTF8.GetBytes(Good[..^1]) });

        var exit = await process.ExitCodeAsync();

        Assert.Equal(2, exit);
        Fatal.AssertOnly(process, "launch_line_timeout");
        Assert.DoesNotContain("Canary", process.Output.Text + process.Errors.Text, StringComparison.Ordinal);
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");
}
