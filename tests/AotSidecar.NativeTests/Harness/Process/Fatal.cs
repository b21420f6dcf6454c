using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>The one line that explains why a sidecar did not start.</summary>
internal static class Fatal
{
    public static void AssertOnly(SidecarProcess process, string code)
    {
        var lines = process.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var line = JsonNode.Parse(Assert.Single(lines))!.AsObject();
        Assert.Equal(["event", "code", "message"], line.Select(member => member.Key));
        Assert.Equal("fatal", (string?)line["event"]);
        Assert.Equal(code, (string?)line["code"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)line["message"]));
        AssertNoStackTrace(process);
    }

    public static void AssertNoStackTrace(SidecarProcess process)
    {
        foreach (var text in (string[])[process.Output.Text, process.Errors.Text])
        {
            Assert.DoesNotContain("Unhandled", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        }
    }
}
