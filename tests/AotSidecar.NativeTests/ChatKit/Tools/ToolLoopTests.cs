using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit.Tools;

/// <summary>The model's tools, run by a real Node host, in both dialects of providers.</summary>
public sealed class ToolLoopTests
{
    private const string Host = """
        {"tools":[
           {"name":"good","title":"The good one","inputSchema":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}},
           {"name":"bad","inputSchema":{"type":"object"}},
           {"name":"other"}],
         "toolResults":{
           "good":{"content":[{"type":"text","text":"found it"}]},
           "bad":{"throws":-32000},
           "other":{"content":[{"type":"text","text":"other result"}],"isError":true}}}
        """;

    private static readonly ProviderCall Good = new("call_good", "good", """{"path":"a"}""");
    private static readonly ProviderCall Bad = new("call_bad", "bad");
    private static readonly ProviderCall Other = new("call_other", "other");

    public static TheoryData<string> Dialects => [Dialect.Responses, Dialect.ChatCompletions];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Tools_InOneRound_RunAtTheSameTimeAndTheModelReadsAllOfThem(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Held("good", "bad"));
        stage.Script(stage.Calls(Good, Bad, Other), stage.Says("the answer"));

        var stream = await stage.StreamAsync("go");
        var calls = await Task.WhenAll(stage.Host.ToolCalledAsync("good"), stage.Host.ToolCalledAsync("bad"));
        // while the first two still run, the third has ended and the reader sees that
        await stream.UntilAsync(static one => (string?)one["update"]?["task"]?["title"] == "other"
            && (string?)one["update"]!["task"]!["status_indicator"] == "none");
        await stage.Host.CommandAsync(new JsonObject { ["release"] = "bad" });
        await stream.UntilAsync(static one => (string?)one["update"]?["task"]?["title"] == "bad"
            && (string?)one["update"]!["task"]!["status_indicator"] == "none");
        await stage.Host.CommandAsync(new JsonObject { ["release"] = "good" });
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("the answer", stream.Deltas);
        Assert.Equal(stream.ThreadId, (string?)calls[0]["params"]!["_meta"]!["threadId"]);
        var outputs = stage.Dialect.Outputs(stage.Requests[1]);
        Assert.Equal("found it", outputs["call_good"]);
        Assert.StartsWith("Error: ", outputs["call_bad"], StringComparison.Ordinal);
        Assert.Equal("Error: other result", outputs["call_other"]);
        Assert.Equal(
            [("The good one", "complete"), ("bad", "none"), ("other", "none")],
            ToolStage.Tasks(stream).Select(static task => ((string)task["title"]!, (string)task["status_indicator"]!)));
        Assert.All(ToolStage.Tasks(stream), static task => Assert.Matches(@"\d( s|\.\d s)\)?$", (string?)task["content"]));
        Assert.DoesNotContain("progress_update", stream.Types);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Tool_ThatHangs_IsCancelledAtItsDeadlineAndTheOthersCount(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Held("good"), flags: ["--tool-timeout", "1"]);
        stage.Script(stage.Calls(Good, Other), stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();
        await stage.Host.ToolCancelledAsync("good");

        Assert.Equal("the answer", stream.Deltas);
        var outputs = stage.Dialect.Outputs(stage.Requests[1]);
        Assert.Equal("Error: the tool did not answer within 1 s.", outputs["call_good"]);
        Assert.Equal("Error: other result", outputs["call_other"]);
    }

    [Fact]
    public async Task BridgeTimeout_ThatIsSaid_HoldsForToolsToo()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, Held("good"), flags: ["--bridge-timeout", "1"]);
        stage.Script(stage.Calls(Good), stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        await stage.Host.ToolCancelledAsync("good");
        Assert.Equal("the answer", stream.Deltas);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Stop_WhileToolsRun_CancelsThemAndTheNextTurnWorks(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Held("good", "bad"));
        stage.Script(stage.Calls(Good, Bad, Other), stage.Says("next answer"));
        var stream = await stage.StreamAsync("go");
        await stream.UntilAsync(static one => (string?)one["type"] == "thread.created");
        await Task.WhenAll(stage.Host.ToolCalledAsync("good"), stage.Host.ToolCalledAsync("bad"));
        await stream.UntilAsync(static one => (string?)one["update"]?["task"]?["title"] == "other"
            && (string?)one["update"]!["task"]!["status_indicator"] == "none");
        var thread = stream.ThreadId;

        stream.Dispose();
        await Task.WhenAll(stage.Host.ToolCancelledAsync("good"), stage.Host.ToolCancelledAsync("bad"));
        using var next = await NextTurnAsync(stage, thread);

        Assert.Equal("next answer", next.Deltas);
        Assert.Equal(2, stage.Requests.Count);
        Assert.Equal(
            ["user_message", "workflow", "user_message", "assistant_message"],
            (await stage.ItemsAsync(thread)).Select(static item => (string)item["type"]!));
        // what the third one did is done: the model must know, or it would do it again
        Assert.Equal(["call_other"], stage.Dialect.Outputs(stage.Requests[1]).Keys);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Stop_WhileTheModelAnswersAfterTools_ClosesTheProviderAndKeepsWhatWasSaid(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Host);
        var closed = new TaskCompletionSource();
        stage.Script(
            stage.Calls(Good),
            async exchange =>
            {
                await stage.Dialect.SayEndlesslyAsync(exchange);
                closed.SetResult();
            },
            stage.Says("next answer"));
        var stream = await stage.StreamAsync("go");
        await stream.UntilDeltaAsync();
        var thread = stream.ThreadId;

        stream.Dispose();
        await closed.Task.Within("the end of the provider's connection");
        using var next = await NextTurnAsync(stage, thread);

        Assert.Equal("next answer", next.Deltas);
        var items = await stage.ItemsAsync(thread);
        Assert.Equal(
            ["user_message", "workflow", "assistant_message", "user_message", "assistant_message"],
            items.Select(static item => (string)item["type"]!));
        Assert.StartsWith(" word", (string?)items[2]["content"]![0]!["text"], StringComparison.Ordinal);
        // the tool ran, and the model is told so although the answer was stopped
        Assert.Equal("found it", stage.Dialect.Outputs(stage.Requests[2])["call_good"]);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task HostAndClientTools_InOneRound_EndTheTurnWithThePages(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Host, """[{"name":"page_tool","description":"of the page","parameters":{"type":"object"}}]""");
        stage.Script(stage.Calls(new ProviderCall("call_page", "page_tool"), Good), stage.Says("the answer"));

        using var first = await (await stage.StreamAsync("go")).ToEndAsync();
        using var second = await (await stage.PostAsync(
            $$$$"""{"type":"threads.add_client_tool_output","params":{"thread_id":"{{{{first.ThreadId}}}}","result":{"page":true}}}""")).ToEndAsync();

        var last = first.Events.Last(static one => one["item"] is not null);
        Assert.Equal(("thread.item.done", "client_tool_call"), ((string?)last["type"], (string?)last["item"]!["type"]));
        Assert.Single(first.Events, static one => (string?)one["item"]?["type"] == "client_tool_call");
        Assert.Equal("the answer", second.Deltas);
        var outputs = stage.Dialect.Outputs(stage.Requests[1]);
        Assert.Equal(("found it", """{"page":true}"""), (outputs["call_good"], outputs["call_page"]));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Calls_ThatDoNotFitTheirSchema_NeverReachTheHost(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Host);
        stage.Script(
            stage.Calls(
                new ProviderCall("c1", "good", "{}"), new ProviderCall("c2", "good", """{"path":7}"""), new ProviderCall("c3", "good", "{\"path\""),
                new ProviderCall("c4", "good", "[1]"), new ProviderCall("c5", "nowhere"), Good),
            stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        Assert.Equal("the answer", stream.Deltas);
        Assert.Equal("a", (string?)Assert.Single(stage.Host.Calls("tools/call"))["params"]!["arguments"]!["path"]);
        var outputs = stage.Dialect.Outputs(stage.Requests[1]);
        Assert.Equal(6, outputs.Count);
        Assert.All(["c1", "c2", "c3", "c4", "c5"], id => Assert.StartsWith("Error: ", outputs[id], StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Model_ThatOnlyCalls_IsStoppedAfterItsRounds(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, Host, flags: ["--tool-rounds", "3"]);
        stage.Script(stage.Calls(Good), stage.Calls(Good), stage.Calls(Good));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal(3, stage.Requests.Count);
        Assert.Contains(stream.Events, static one => (string?)one["type"] == "notice");
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Result_TooLongForAConversation_IsCutWithANote(string dialect)
    {
        var host = JsonNode.Parse(Host)!;
        host["toolResults"]!["good"]!["content"]![0]!["text"] = new string('x', 500_000);
        await using var stage = await ToolStage.StartAsync(dialect, host.ToJsonString());
        stage.Script(stage.Calls(Good), stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        var output = stage.Dialect.Outputs(stage.Requests[1])["call_good"];
        Assert.EndsWith("more characters]", output, StringComparison.Ordinal);
        Assert.InRange(output.Length, 1000, 70_000);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Events_OfAResult_AreShownAndBadOnesCostNothing(string dialect)
    {
        var host = JsonNode.Parse(Host)!;
        host["toolResults"]!["good"]!["events"] = JsonNode.Parse("""
            [{"type":"progress_update","text":"Half way"}, 5, {"type":"no.such.event"}, {"type":"thread.item.done","item":{"type":"widget","widget":{"type":"Text"}}},
             {"type":"thread.item.done","item":{"type":"widget","widget":{"type":"Card","nothing":null,"children":[]}}},
             {"type":"client_effect","name":"open","data":{"kept":null}}]
            """);
        await using var stage = await ToolStage.StartAsync(dialect, host.ToJsonString());
        stage.Script(stage.Calls(Good), stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        Assert.Equal("the answer", stream.Deltas);
        Assert.Contains(stream.Events, static one => (string?)one["text"] == "Half way");
        Assert.Equal("""{"kept":null}""", stream.Events.Single(static one => (string?)one["type"] == "client_effect")["data"]!.ToJsonString());
        var widget = Assert.Single(await stage.ItemsAsync(stream.ThreadId), static item => (string?)item["type"] == "widget");
        Assert.Equal("""{"type":"Card","children":[]}""", widget["widget"]!.ToJsonString());
    }

    private static async Task<ChatStream> NextTurnAsync(ToolStage stage, string thread) =>
        await (await stage.StreamAsync("once more", thread)).ToEndAsync();

    private static string Held(params string[] tools)
    {
        var host = JsonNode.Parse(Host)!;
        host["held"] = new JsonArray([.. tools.Select(static tool => JsonValue.Create(tool))]);
        return host.ToJsonString();
    }
}
