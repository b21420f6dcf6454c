using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.Tests.ChatKit.Widgets;

public sealed class WidgetDiffTests
{
    [Fact]
    public void Between_IdenticalStates_IsNothing() =>
        Assert.Empty(Between(Card("""{"type":"Text","id":"a","value":"x"}"""), Card("""{"value":"x","id":"a","type":"Text"}""")));

    [Theory]
    [InlineData("Text", "", "Hel", true)]
    [InlineData("Markdown", "Hel", "Hello", true)]
    [InlineData("Text", "x", "x y", false)]
    public void Between_TextThatGrew_IsItsEnd(string type, string before, string after, bool streaming)
    {
        var flag = streaming ? "true" : "false";

        var delta = Assert.IsType<WidgetTextDelta>(Assert.Single(Between(
            Card($$"""{"type":"{{type}}","id":"a","value":"{{before}}","streaming":{{flag}}}"""),
            Card($$"""{"type":"{{type}}","id":"a","value":"{{after}}","streaming":{{flag}}}"""))));

        Assert.Equal(new WidgetTextDelta("a", after[before.Length..], Done: !streaming), delta);
    }

    [Fact]
    public void Between_SeveralTextsThatGrew_IsInDocumentOrder()
    {
        static string State(string a, string b, string c) => Card($$"""
            {"type":"Text","id":"a","value":"{{a}}"},{"type":"Row","children":[{"type":"Markdown","id":"b","value":"{{b}}"}]},{"type":"Text","id":"c","value":"{{c}}"}
            """);

        var deltas = Between(State("1", "2", "3"), State("1x", "2y", "3z")).Cast<WidgetTextDelta>();

        Assert.Equal(["a:x", "b:y", "c:z"], deltas.Select(static delta => $"{delta.ComponentId}:{delta.Delta}"));
    }

    [Theory]
    [InlineData("""{"type":"Text","id":"a","value":"hello"}""", """{"type":"Text","id":"a","value":"help"}""")]
    [InlineData("""{"type":"Text","id":"a","value":"x","streaming":true}""", """{"type":"Text","id":"a","value":"x","streaming":false}""")]
    [InlineData("""{"type":"Text","id":"a","value":"x"}""", """{"type":"Text","id":"b","value":"xy"}""")]
    [InlineData("""{"type":"Text","id":"a","value":"x"}""", """{"type":"Text","id":"a","value":"xy"},{"type":"Divider"}""")]
    [InlineData("""{"type":"Text","id":"a","value":"x"}""", """{"type":"Text","id":"a","value":"xy","size":"lg"}""")]
    [InlineData("""{"type":"Badge","id":"a","label":"x"}""", """{"type":"Badge","id":"a","label":"xy"}""")]
    [InlineData("""{"type":"Input","id":"a","value":"x"}""", """{"type":"Input","id":"a","value":"xy"}""")]
    [InlineData("""{"type":"Text","id":"a","value":"x"}""", """{"type":"Text","id":"a","value":5}""")]
    public void Between_AnythingElse_IsTheWholeRoot(string before, string after)
    {
        var update = Assert.IsType<WidgetRootUpdated>(Assert.Single(Between(Card(before), Card(after))));

        Assert.Equal(Card(after), update.Widget.GetRawText());
    }

    [Fact]
    public void Between_TextWithoutAnIdThatGrew_IsNothing() =>
        Assert.Empty(Between(Card("""{"type":"Text","value":"x"}"""), Card("""{"type":"Text","value":"xy"}""")));

    [Fact]
    public void Between_ADifferenceAfterAText_SendsNoDeltaBesideTheRoot()
    {
        var updates = Between(
            Card("""{"type":"Text","id":"a","value":"x"},{"type":"Badge","label":"1"}"""),
            Card("""{"type":"Text","id":"a","value":"xy"},{"type":"Badge","label":"2"}"""));

        Assert.IsType<WidgetRootUpdated>(Assert.Single(updates));
    }

    private static string Card(string children) => $$"""{"type":"Card","children":[{{children.Trim()}}]}""";

    private static IReadOnlyList<ItemUpdate> Between(string before, string after) =>
        WidgetDiff.Between(JsonElement.Parse(before), JsonElement.Parse(after));
}
