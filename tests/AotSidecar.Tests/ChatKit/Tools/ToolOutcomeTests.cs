using System.Text.Json;
using AotSidecar.ChatKit.Tools;

namespace AotSidecar.Tests.ChatKit.Tools;

/// <summary>MCP's <c>tools/call</c> results as the model reads them.</summary>
public sealed class ToolOutcomeTests
{
    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}""", "a\nb")]
    [InlineData("""{"content":[{"text":"no type"}]}""", "no type")]
    [InlineData("""{"content":[{"type":"text","text":"half \ud83d"}]}""", "half \uFFFD")]
    [InlineData("""{"content":[{"type":"image","data":"AAAA","mimeType":"image/png"}]}""", "[image image/png]")]
    [InlineData("""{"content":[{"type":"image","data":"?","mimeType":"image/png"}]}""", "[image image/png: it cannot be shown here]")]
    [InlineData("""{"content":[{"type":"image","data":"AAAA","mimeType":"image/tiff"}]}""", "[image image/tiff: it cannot be shown here]")]
    [InlineData("""{"content":[{"type":"audio","data":"AAAA","mimeType":"audio/wav"}]}""", "[audio audio/wav: it cannot be shown here]")]
    [InlineData("""{"content":[{"type":"resource","resource":{"uri":"file:///a.md","mimeType":"text/markdown","text":"# A"}}]}""", "[resource file:///a.md text/markdown]\n# A")]
    [InlineData("""{"content":[{"type":"resource","resource":{"uri":"file:///a.bin","blob":"AAAA"}}]}""", "[resource file:///a.bin][it is not text and cannot be shown here]")]
    [InlineData("""{"content":[{"type":"resource"}]}""", "")]
    [InlineData("""{"content":[{"type":"resource_link","uri":"file:///a","name":"a","description":"the a"}]}""", "[a file:///a the a]")]
    [InlineData("""{"content":[5,null,{"type":"text"},{"type":"text","text":"rest"}]}""", "rest")]
    [InlineData("""{"content":[],"structuredContent":{"n":1}}""", """{"n":1}""")]
    [InlineData("""{"content":[{"type":"text","text":"said"}],"structuredContent":{"n":1}}""", "said")]
    [InlineData("""{"structuredContent":null}""", "")]
    [InlineData("{}", "")]
    public void Read_OfEachKindOfContent_IsTextForTheModel(string result, string expected)
    {
        var outcome = Read(result);

        Assert.Equal((expected, null), (outcome.Output, outcome.Failure));
    }

    [Theory]
    [InlineData("""{"isError":true,"content":[{"type":"text","text":"no such file"}]}""", "Error: no such file")]
    [InlineData("5", "Error: the tool's answer cannot be read.")]
    public void Read_OfAFailure_SaysSo(string result, string expected)
    {
        var outcome = Read(result);

        Assert.Equal(expected, outcome.Output);
        Assert.NotNull(outcome.Failure);
    }

    [Fact]
    public void Read_OfAnOversizedResult_CutsItWithANote()
    {
        var outcome = Read($$"""{"content":[{"type":"text","text":"{{new string('x', 70_000)}}"}]}""");

        Assert.Equal(new string('x', 65_536) + "\n[cut: 4464 more characters]", outcome.Output);
    }

    [Fact]
    public void Read_OfAResultCutInsideAPair_TakesNoHalfOfIt()
    {
        var outcome = Read($$"""{"content":[{"type":"text","text":"{{new string('x', 65_535)}}🦭"}]}""");

        Assert.StartsWith(new string('x', 65_535) + "\n[cut", outcome.Output, StringComparison.Ordinal);
    }

    private static ToolOutcome Read(string result) => ToolOutcome.Read(JsonElement.Parse(result), "thr_1", TimeProvider.System);
}
