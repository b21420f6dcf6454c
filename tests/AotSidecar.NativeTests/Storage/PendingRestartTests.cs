using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Storage;

/// <summary>What is unanswered when the sidecar ends, and is answered by the next process.</summary>
public sealed class PendingRestartTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("aot-data-");

    public void Dispose() => _data.Delete(recursive: true);

    [Theory]
    [InlineData(Dialect.Responses)]
    [InlineData(Dialect.ChatCompletions)]
    public async Task ClientToolCall_Pending_IsAnsweredAfterARestart(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(
            dialect, """{"tools":[{"name":"good"}],"toolResults":{"good":{"content":[{"type":"text","text":"found it"}]}}}""",
            """[{"name":"page_tool","description":"of the page","parameters":{"type":"object"}}]""", Flags);
        stage.Script(stage.Calls(new ProviderCall("call_good", "good"), new ProviderCall("call_page", "page_tool", """{"a":null}""")), stage.Says("the answer"));
        using var first = await (await stage.StreamAsync("go")).ToEndAsync();

        await stage.RestartAsync();
        var pending = (await stage.ItemsAsync(first.ThreadId))[^1];
        using var second = await (await stage.PostAsync(
            $$$"""{"type":"threads.add_client_tool_output","params":{"thread_id":"{{{first.ThreadId}}}","result":7}}""")).ToEndAsync();

        Assert.Equal(("client_tool_call", "pending", """{"a":null}"""), ((string?)pending["type"], (string?)pending["status"], pending["arguments"]!.ToJsonString()));
        Assert.Equal("the answer", second.Deltas);
        var outputs = stage.Dialect.Outputs(stage.Requests[1]);
        Assert.Equal(("found it", "7"), (outputs["call_good"], outputs["call_page"]));
    }

    [Theory]
    [InlineData(Dialect.Responses)]
    [InlineData(Dialect.ChatCompletions)]
    public async Task Questions_Pending_AreAnsweredAfterARestart(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, """
            {"tools":[{"name":"ask"}],"toolResults":{"ask":{"content":[{"type":"text","text":"asked"}],"events":[{"type":"thread.item.done",
              "item":{"id":"si_1","type":"structured_input","status":"pending","inputs":[{"type":"freeform","id":"q","question":"Why?"}]}}]}}}
            """, flags: Flags);
        stage.Script(stage.Calls(new ProviderCall("call_ask", "ask")), stage.Says("the answer"));
        using var first = await (await stage.StreamAsync("go")).ToEndAsync();

        await stage.RestartAsync();
        var answer = new JsonObject
        {
            ["type"] = "threads.add_structured_input",
            ["params"] = new JsonObject
            {
                ["thread_id"] = first.ThreadId,
                ["item_id"] = "si_1",
                ["input"] = JsonNode.Parse("""{"status":"answered","answers":{"q":{"values":["because"]}}}"""),
            },
        };
        using var second = await (await stage.PostAsync(answer.ToJsonString())).ToEndAsync();
        await stage.RestartAsync();
        var item = (await stage.ItemsAsync(first.ThreadId)).Single(static one => (string?)one["type"] == "structured_input");

        Assert.Equal("thread.item.replaced", second.Types.ElementAt(1));
        Assert.Equal("the answer", second.Deltas);
        Assert.Contains("because", stage.Requests[1].Json.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("asked", stage.Dialect.Outputs(stage.Requests[1])["call_ask"]);
        Assert.Equal(("answered", "because"), ((string?)item["status"], (string?)item["inputs"]![0]!["answer"]!["values"]![0]));
    }

    [Fact]
    public async Task Titles_OfModelAndPerson_AndDeletions_OutliveTheProcess()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, "{}", flags: [.. Flags, "--title-model", "tiny"]);
        stage.Script(stage.Says("a"), stage.Says("By the model"), stage.Says("b"), stage.Says("By the model too"), stage.Says("c"), stage.Says("Gone"));
        using var first = await (await stage.StreamAsync("one")).ToEndAsync();
        using var second = await (await stage.StreamAsync("two")).ToEndAsync();
        using var third = await (await stage.StreamAsync("three")).ToEndAsync();
        await stage.AskAsync($$$"""{"type":"threads.update","params":{"thread_id":"{{{second.ThreadId}}}","title":"By a person"}}""");
        await stage.AskAsync($$$"""{"type":"threads.delete","params":{"thread_id":"{{{third.ThreadId}}}"}}""");

        await stage.RestartAsync();
        var threads = (await stage.AskAsync(ChatBody.List))["data"]!.AsArray();

        Assert.Equal(["By a person", "By the model"], threads.Select(static thread => (string?)thread!["title"]));
    }

    private string[] Flags => ["--data-dir", Path.Combine(_data.FullName, "data")];
}
