using System.Text;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>What the host adds to a turn.</summary>
public sealed class TurnContextTests(Stage stage) : IClassFixture<Stage>
{
    private const string Tagged = """
        {"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"explain "},
         {"type":"input_tag","id":"file-1","text":"main.py","data":{"k":1}}],"attachments":[],"inference_options":{}}}}
        """;

    [Fact]
    public async Task Context_OfTheHost_ReachesTheModelAndNobodyElse()
    {
        stage.Play(Stage.Words("answer"));
        stage.Context = """{"text":"The open file is secret.cs","tags":[{"id":"file-1","text":"print('hello')"},{"id":"x","text":"none"}]}""";

        using var stream = await stage.StreamAsync(Tagged);

        Assert.Equal("answer", stream.Deltas);
        Assert.Contains("The open file is secret.cs", Asked(), StringComparison.Ordinal);
        Assert.Contains("main.py (id file-1): print('hello')", Asked(), StringComparison.Ordinal);
        Assert.DoesNotContain("none", Asked(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret.cs", string.Concat(stream.Events.Select(static one => one.ToJsonString())), StringComparison.Ordinal);
        Assert.DoesNotContain("secret.cs", (await stage.ItemsAsync(stream.ThreadId)).ToJsonString(), StringComparison.Ordinal);
        var asked = stage.Contexts[^1];
        Assert.Equal((stream.ThreadId, "explain @main.py"), ((string?)asked["threadId"], (string?)asked["message"]));
        Assert.Equal("""[{"id":"file-1","text":"main.py","data":{"k":1}}]""", asked["tags"]!.ToJsonString());
    }

    [Fact]
    public async Task Retry_AsksTheHostAgain()
    {
        stage.Play(Stage.Words("answer"));
        stage.Context = """{"text":"first context"}""";
        using var first = await stage.CreateAsync();
        stage.Context = """{"text":"second context"}""";

        var items = await stage.ItemsAsync(first.ThreadId);
        using var again = await stage.StreamAsync(Stage.Retry(first.ThreadId, (string)items[0]!["id"]!));

        Assert.Null(again.Error);
        Assert.Contains("second context", Asked(), StringComparison.Ordinal);
        Assert.DoesNotContain("first context", Asked(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("""{"text":7,"tags":[5,{"id":1},{"id":"file-1","text":null}]}""")]
    public async Task Context_ThatCannotBeRead_CostsTheTurnNothing(string? context)
    {
        stage.Play(Stage.Words("answer"));
        stage.Context = context;

        using var stream = await stage.StreamAsync(Tagged);

        Assert.Null(stream.Error);
        Assert.Equal("answer", stream.Deltas);
        Assert.Contains("main.py (id file-1): {\\\"k\\\":1}", Asked().Replace("\\u0022", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private string Asked() => Encoding.UTF8.GetString(stage.Sidecar.Provider.Requests[^1].Body).Replace("\\u0027", "'", StringComparison.Ordinal);
}
