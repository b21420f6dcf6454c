using System.Text.Json;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.Tests.ChatKit.Widgets;

public sealed class WidgetJsonTests
{
    [Theory]
    [InlineData("""{"type":"Card","id":null,"children":[]}""", """{"type":"Card","children":[]}""")]
    [InlineData("""{"a":{"b":null,"c":{"d":null}}}""", """{"a":{"c":{}}}""")]
    [InlineData("""{"weird":{"a":null,"b":[null,1,[null]]}}""", """{"weird":{"b":[1,[]]}}""")]
    [InlineData("""{"payload":{"camelKey":"é","n":1.50,"t":true}}""", """{"payload":{"camelKey":"é","n":1.50,"t":true}}""")]
    public void WithoutNulls_DropsThemAtEveryDepthAndKeepsTheRest(string widget, string expected)
    {
        var cleaned = WidgetJson.WithoutNulls(JsonElement.Parse(widget));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), cleaned), cleaned.GetRawText());
    }

    [Theory]
    [InlineData("""{"type":"Card"}""", true)]
    [InlineData("""{"type":"ListView"}""", true)]
    [InlineData("""{"type":"Basic"}""", true)]
    [InlineData("""{"type":"Text"}""", false)]
    [InlineData("""{"type":1}""", false)]
    [InlineData("{}", false)]
    [InlineData("[]", false)]
    public void IsRoot_IsSoOfTheThreeRootTypes(string widget, bool expected) =>
        Assert.Equal(expected, WidgetJson.IsRoot(JsonElement.Parse(widget)));
}
