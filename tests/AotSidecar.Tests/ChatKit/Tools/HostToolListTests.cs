using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Tools;
using AotSidecar.Sessions;

namespace AotSidecar.Tests.ChatKit.Tools;

/// <summary>What a host may offer, and what of it a provider is given: one bad tool would cost every answer.</summary>
public sealed class HostToolListTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("""{"tools":{}}""")]
    public void TryAdd_OfSomethingElse_IsRefused(string result) => Assert.False(new HostToolList().TryAdd(JsonElement.Parse(result)));

    [Theory]
    [InlineData("""{"name":"a","inputSchema":{"type":"object","properties":{"x":{}}}}""", """{"type":"object","properties":{"x":{}}}""")]
    [InlineData("""{"name":"a"}""", """{"type":"object","properties":{}}""")]
    [InlineData("""{"name":"a","inputSchema":null}""", """{"type":"object","properties":{}}""")]
    [InlineData("""{"name":"a","inputSchema":{"type":"object"}}""", """{"type":"object","properties":{}}""")]
    [InlineData("""{"name":"a","inputSchema":{"required":[]}}""", """{"type":"object","required":[],"properties":{}}""")]
    public void Schema_OfATool_IsAnObjectWithProperties(string tool, string expected)
    {
        var declared = Assert.Single(Read(tool).Declared([]));

        Assert.Equal(expected, Encoding.UTF8.GetString(declared.Parameters.Span));
    }

    [Theory]
    [InlineData("""{"inputSchema":{}}""")]
    [InlineData("""{"name":""}""")]
    [InlineData("""{"name":"a.b"}""")]
    [InlineData("""{"name":"größe"}""")]
    [InlineData("""{"name":"0123456789012345678901234567890123456789012345678901234567890123x"}""")]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"name":7}""")]
    [InlineData("""{"name":"a","inputSchema":[]}""")]
    [InlineData("""{"name":"a","inputSchema":{"type":"string"}}""")]
    [InlineData("""{"name":"a","inputSchema":{"properties":[]}}""")]
    [InlineData("""{"name":"a","inputSchema":{"description":"\ud800"}}""")]
    [InlineData("5")]
    public void Tool_ThatNoProviderTakes_IsLeftOutAndCounted(string tool)
    {
        var list = Read(tool, """{"name":"good"}""");

        Assert.Equal(["good"], list.Declared([]).Select(static one => one.Name));
        Assert.Equal(1, list.LeftOut);
    }

    [Fact]
    public void Tool_OfANameThatIsThereAlready_IsLeftOut()
    {
        var list = Read("""{"name":"a","description":"first"}""", """{"name":"a","description":"second"}""");

        Assert.Equal("first", Assert.Single(list.Declared([])).Description);
        Assert.Equal(1, list.LeftOut);
    }

    [Fact]
    public void List_LongerThanProvidersTake_IsCutWithTheClientToolsCounted()
    {
        var list = Read([.. Enumerable.Range(0, 200).Select(static n => $$"""{"name":"tool{{n}}"}""")]);
        ClientTool[] clientTools = [new("tool0", null, default), new("page", null, default)];

        Assert.Equal(128, list.Declared([]).Count());
        Assert.Equal(72, list.LeftOut);
        Assert.Equal(126, list.Declared(clientTools).Count());
        Assert.DoesNotContain(list.Declared(clientTools), static tool => tool.Name == "tool0");
    }

    [Fact]
    public void Description_LongerThanProvidersTake_IsCut()
    {
        var description = Assert.Single(Read($$"""{"name":"a","description":"{{new string('x', 3000)}}"}""").Declared([])).Description!;

        Assert.Equal(1024, description.Length);
        Assert.EndsWith("x…", description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"a","title":"The title"}""", "The title")]
    [InlineData("""{"name":"a","annotations":{"title":"Annotated"}}""", "Annotated")]
    [InlineData("""{"name":"a","title":"  "}""", "a")]
    [InlineData("""{"name":"a","annotations":[]}""", "a")]
    public void Title_OfATool_IsItsOwnOrItsName(string tool, string expected) => Assert.Equal(expected, Read(tool).TitleOf("a"));

    [Theory]
    [InlineData("other", "{}", "there is no tool of this name")]
    [InlineData("a", "[]", "the arguments are not a JSON object")]
    [InlineData("a", "{", "the arguments are not valid JSON")]
    [InlineData("a", "{\"\\ud800\":1}", "the arguments are not valid Unicode")]
    [InlineData("a", "{\"x\":\"0123456789\"}", "the arguments are too long")]
    [InlineData("a", "{\"x\":1}", null)]
    public void Refuse_OfACall_SaysWhatIsWrong(string name, string arguments, string? expected) =>
        Assert.Equal(expected, Read("""{"name":"a"}""").Refuse(new ToolCall(null, "call", name, arguments, []), 15));

    private static HostToolList Read(params string[] tools)
    {
        var list = new HostToolList();
        Assert.True(list.TryAdd(JsonElement.Parse($$"""{"tools":[{{string.Join(',', tools)}}]}""")));
        return list;
    }
}
