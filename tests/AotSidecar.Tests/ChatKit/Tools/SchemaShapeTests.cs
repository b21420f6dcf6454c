using System.Text.Json;
using AotSidecar.ChatKit.Tools;

namespace AotSidecar.Tests.ChatKit.Tools;

public sealed class SchemaShapeTests
{
    private const string Schema = """
        {"type":"object","required":["path"],"additionalProperties":false,"properties":{
          "path":{"type":"string"},"line":{"type":["integer","null"]},"mode":{"enum":["read","write"]},"any":{},"all":true,
          "range":{"type":"object","required":["from"],"properties":{"from":{"type":"number"}}},
          "tags":{"type":"array","items":{"type":"string"}}}}
        """;

    [Theory]
    [InlineData("""{"path":"a"}""")]
    [InlineData("""{"path":"a","line":null,"mode":"read","any":[1],"all":2}""")]
    [InlineData("""{"path":"a","line":3.0,"range":{"from":1,"more":2},"tags":["x"]}""")]
    public void Refuse_OfArgumentsThatFit_IsNothing(string arguments) => Assert.Null(Refuse(Schema, arguments));

    [Theory]
    [InlineData("""{}""", "the argument path is missing")]
    [InlineData("""{"path":1}""", "the argument path has the wrong type")]
    [InlineData("""{"path":"a","line":1.5}""", "the argument line has the wrong type")]
    [InlineData("""{"path":"a","mode":"append"}""", "the argument mode is none of the values it can have")]
    [InlineData("""{"path":"a","extra":1}""", "the argument extra is unknown")]
    [InlineData("""{"path":"a","range":{}}""", "the argument range.from is missing")]
    [InlineData("""{"path":"a","range":{"from":"1"}}""", "the argument range.from has the wrong type")]
    [InlineData("""{"path":"a","tags":["x",1]}""", "the argument tags[1] has the wrong type")]
    public void Refuse_OfArgumentsThatDoNotFit_SaysWhichAndWhy(string arguments, string expected) =>
        Assert.Equal(expected, Refuse(Schema, arguments));

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/x"}},"required":"a"}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":7,"enum":1,"items":[]}}}""")]
    [InlineData("""{"patternProperties":{"^a":{}},"additionalProperties":false}""")]
    public void Refuse_OfASchemaBeyondItsShape_LeavesTheRestToTheTool(string schema) => Assert.Null(Refuse(schema, """{"a":[1]}"""));

    private static string? Refuse(string schema, string arguments) =>
        SchemaShape.Refuse(JsonElement.Parse(schema), JsonElement.Parse(arguments));
}
