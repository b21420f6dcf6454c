using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit.Tools;

/// <summary>When the host is asked for its tools, and what of them the provider is told.</summary>
public sealed class HostToolListTests
{
    [Theory]
    [InlineData(Dialect.Responses)]
    [InlineData(Dialect.ChatCompletions)]
    public async Task List_WithBadToolsAndPages_IsOfferedAsFarAsProvidersTakeIt(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, """
            {"toolPages":{
               "":{"tools":[{"name":"one","inputSchema":{"type":"object"}},{"name":"no.dots"},{"name":"one"},{"name":""},{}],"nextCursor":"second"},
               "second":{"tools":[{"name":"two"},{"name":"list","inputSchema":{"type":"array"}},{"name":"page_tool"}]}}}
            """, """[{"name":"page_tool","description":"of the page","parameters":{"type":"object"}}]""");
        stage.Script(stage.Says("hello"));

        using var stream = await (await stage.StreamAsync("hi")).ToEndAsync();

        Assert.Equal("hello", stream.Deltas);
        Assert.Equal(["page_tool", "one", "two"], stage.Dialect.Tools(stage.Requests[0]));
        Assert.Equal([null, "second"], stage.Host.Calls("tools/list").Select(static call => (string?)call["params"]!["cursor"]));
        Assert.Contains("\"properties\":{}", stage.Requests[0].Json["tools"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_IsAskedForWithTheFirstSessionAndAgainWhenItChanged()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, """{"tools":[{"name":"one"}]}""");
        stage.Script(stage.Says("a"), stage.Says("b"), stage.Says("c"));

        await stage.Host.CalledAsync("tools/list");
        var requestsBefore = stage.Requests.Count;
        using var first = await (await stage.StreamAsync("hi")).ToEndAsync();
        using var second = await (await stage.StreamAsync("hi again")).ToEndAsync();
        var asked = stage.Host.Calls("tools/list").Count;
        await stage.Host.CommandAsync(new JsonObject { ["set"] = new JsonObject { ["tools"] = JsonNode.Parse("""[{"name":"two"}]""") } });
        await stage.Host.CommandAsync(new JsonObject { ["notify"] = "tools/changed" });
        // an answered call on the same pipe: the notification before it has been read
        await stage.Host.CallAsync("log/setLevel", new JsonObject { ["level"] = "info" });
        using var third = await (await stage.StreamAsync("and now")).ToEndAsync();

        Assert.Equal((0, 1), (requestsBefore, asked));
        Assert.Equal(["one"], stage.Dialect.Tools(stage.Requests[1]));
        Assert.Equal(["two"], stage.Dialect.Tools(stage.Requests[2]));
    }

    [Fact]
    public async Task List_ThatTheHostDoesNotGive_CostsOnlyTheTools()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, """{"toolPages":{"":{"tools":"none"}}}""");
        stage.Script(stage.Says("hello"));

        using var stream = await (await stage.StreamAsync("hi")).ToEndAsync();

        Assert.Equal("hello", stream.Deltas);
        Assert.Empty(stage.Dialect.Tools(stage.Requests[0]));
    }
}
