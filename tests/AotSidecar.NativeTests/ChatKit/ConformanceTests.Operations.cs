using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: tools, questions, retry, lists.</summary>
public sealed class ConformanceTestsOfOperations(Stage stage) : IClassFixture<Stage>
{
    private const string Questions = """
        {"id":"{ID}","type":"structured_input","inputs":[
         {"id":"q","question":"Colour?","type":"multiple_choice","options":[{"value":"red"}],"multiple":false},
         {"id":"f","question":"Why?","type":"freeform"}]}
        """;

    [Fact]
    public async Task Case47And52_AClientToolCall_IsTheStreamsLastItemAndItsOutputResumes()
    {
        stage.Play(Stage.Calls("get_weather", """{"city":"Oslo"}"""), Stage.Words("sunny"));

        using var first = await stage.CreateAsync();
        using var second = await stage.StreamAsync(Stage.ToolOutput(first.ThreadId, """{"ok":null}"""));

        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options", "thread.item.done"], first.Types);
        Assert.Equal("client_tool_call", (string?)first.Events[4]["item"]!["type"]);
        Assert.Single(first.Events, item => (string?)item["item"]?["type"] == "client_tool_call");
        Assert.Equal("stream_options", second.Types.First());
        Assert.Equal("sunny", second.Deltas);
        Assert.DoesNotContain("client_tool_call", second.Raw.ToString());
        var input = stage.Sidecar.Provider.Requests[^1].Json["input"]!.AsArray();
        Assert.Contains(input, item => (string?)item!["type"] == "function_call_output" && (string?)item["output"] == """{"ok":null}""");
    }

    [Theory]
    [InlineData("""{"a":[1,null]}""")]
    [InlineData("null")]
    public async Task Case48_ACallWithItsOutput_IsCompleted(string result)
    {
        stage.Play(Stage.Calls("get_weather", "{}"), Stage.Words("ok"));
        using var first = await stage.CreateAsync();

        using var second = await stage.StreamAsync(Stage.ToolOutput(first.ThreadId, result));

        var call = (await stage.ItemsAsync(first.ThreadId)).Single(item => (string?)item!["type"] == "client_tool_call")!.AsObject();
        Assert.Equal("completed", (string?)call["status"]);
        Assert.Equal(result != "null", call.ContainsKey("output"));
        Assert.Equal(result, call["output"]?.ToJsonString() ?? "null");
    }

    [Fact]
    public async Task Case50_AnOutputNobodyWaitsFor_ChangesNothing()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.StreamAsync(Stage.ToolOutput(thread, "1"));

        Assert.Equal("no_pending_tool_call", (string?)stream.Error!["reason"]);
        Assert.Equal(["error"], stream.Types);
        Assert.Equal(2, (await stage.ItemsAsync(thread)).Count);
    }

    [Theory]
    [InlineData("""{"answers":{"q":{"values":["mine","second"]},"f":{"values":["so"]}}}""", "answered", """{"values":["mine"],"skipped":false}""", """{"values":["so"],"skipped":false}""")]
    [InlineData("""{"answers":{"q":{"values":["red"]},"unknown":{"values":["x"]}}}""", "answered", """{"values":["red"],"skipped":false}""", """{"values":[],"skipped":true}""")]
    [InlineData("""{"status":"skipped","answers":{"q":{"values":["red"]}}}""", "skipped", """{"values":[],"skipped":true}""", """{"values":[],"skipped":true}""")]
    public async Task Case53To57_Answers_ReplaceTheQuestionsAndResume(string input, string status, string choice, string free)
    {
        var thread = await stage.NewThreadAsync();
        using var asked = await stage.YieldAsync(thread, Stage.Item("done", Questions.Replace("{ID}", "si_53")));
        stage.Play(Stage.Words("I see"));

        using var stream = await stage.StreamAsync(Submit(thread, "si_53", input));

        Assert.True(stream.Types.Take(2).SequenceEqual(["stream_options", "thread.item.replaced"]), $"{asked.Raw}{stream.Raw}");
        foreach (var item in new[] { stream.Events[1]["item"]!, (await stage.ItemsAsync(thread))[2]! })
        {
            Assert.Equal(status, (string?)item["status"]);
            Assert.Equal((choice, free), (item["inputs"]![0]!["answer"]!.ToJsonString(), item["inputs"]![1]!["answer"]!.ToJsonString()));
        }

        Assert.Equal("I see", stream.Deltas);
        Assert.DoesNotContain("\"user_message\"", stream.Raw.ToString());
    }

    [Fact]
    public async Task Case58_ASecondSubmissionOrAnotherItem_ChangesNothing()
    {
        var thread = await stage.NewThreadAsync();
        using var asked = await stage.YieldAsync(thread, Stage.Item("done", Questions.Replace("{ID}", "si_58")));
        using var answered = await stage.StreamAsync(Submit(thread, "si_58", """{"status":"skipped"}"""));
        var before = await stage.ItemsAsync(thread);

        using var again = await stage.StreamAsync(Submit(thread, "si_58", """{"answers":{"f":{"values":["late"]}}}"""));
        using var other = await stage.StreamAsync(Submit(thread, (string)before[1]!["id"]!, "{}"));

        Assert.Equal(("input_not_pending", "input_not_pending"), ((string?)again.Error!["reason"], (string?)other.Error!["reason"]));
        Assert.Equal(before.ToJsonString(), (await stage.ItemsAsync(thread)).ToJsonString());
    }

    [Fact]
    public async Task Case59And60_Retry_AnswersTheSecondMessageAgainAndLeavesTheFirstRound()
    {
        var thread = await stage.NewThreadAsync();
        stage.Play(Stage.Words("old"), Stage.Words("new"));
        using var second = await stage.StreamAsync(ChatBody.Message("q2", thread));
        var before = await stage.ItemsAsync(thread);

        using var stream = await stage.StreamAsync(Stage.Retry(thread, (string)before[2]!["id"]!));

        var after = await stage.ItemsAsync(thread);
        Assert.Equal("stream_options", stream.Types.First());
        Assert.Equal("new", stream.Deltas);
        Assert.Equal(before.Take(3).Select(item => item!.ToJsonString()), after.Take(3).Select(item => item!.ToJsonString()));
        Assert.Equal(4, after.Count);
        Assert.NotEqual((string?)before[3]!["id"], (string?)after[3]!["id"]);
    }

    [Fact]
    public async Task Case61_RetryAfterAnAnswer_AnswersTheMessageBeforeItOnceMore()
    {
        var thread = await stage.NewThreadAsync();
        var before = await stage.ItemsAsync(thread);
        stage.Play(Stage.Words("new"));

        using var stream = await stage.StreamAsync(Stage.Retry(thread, (string)before[1]!["id"]!));

        Assert.Equal("new", stream.Deltas);
        Assert.Equal(3, (await stage.ItemsAsync(thread)).Count);
    }

    [Fact]
    public async Task Case62_RetryOfAnUnknownItem_DeletesNothing()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.StreamAsync(Stage.Retry(thread, "msg_unknown"));

        Assert.Equal("item_not_found", (string?)stream.Error!["reason"]);
        Assert.Equal(2, (await stage.ItemsAsync(thread)).Count);
    }

    [Fact]
    public async Task Case69And72_Threads_ComeInPagesNewestFirstWhateverTheLimit()
    {
        var session = await stage.MintAsync("user-69");
        stage.Play(Stage.Words("ok"));
        var ids = new List<string>();
        for (var at = 0; at < 23; at++)
        {
            using var stream = await stage.StreamAsync(ChatBody.Message($"t{at}"), session);
            ids.Insert(0, stream.ThreadId);
        }

        foreach (var limit in new[] { "0", "null", "20" })
        {
            var first = await stage.CallAsync(Stage.Op("threads.list", $"\"limit\":{limit}"), session);
            var second = await stage.CallAsync(Stage.Op("threads.list", $"\"limit\":{limit},\"after\":\"{(string)first["after"]!}\""), session);

            Assert.Equal(ids, Ids(first).Concat(Ids(second)));
            Assert.Equal((20, true, false), (Ids(first).Count, (bool)first["has_more"]!, (bool)second["has_more"]!));
            Assert.False(second.AsObject().ContainsKey("after"));
        }

        Assert.Equal(23, Ids(await stage.CallAsync(Stage.Op("threads.list", "\"limit\":9999"), session)).Count);
    }

    [Fact]
    public async Task Case70And71And75_Items_ComeInPagesBothWays()
    {
        var thread = await stage.NewThreadAsync();
        using var filled = await stage.YieldAsync(thread, [.. Enumerable.Range(0, 24).Select(at => Stage.Item("done", Stage.Message($"m{at}_70", $"{at}")))]);
        var all = (await stage.ItemsAsync(thread)).Select(item => (string)item!["id"]!).ToList();

        var newest = await stage.CallAsync(Stage.Op("items.list", $"\"thread_id\":\"{thread}\""));
        var rest = await stage.CallAsync(Stage.Op("items.list", $"\"thread_id\":\"{thread}\",\"after\":\"{(string)newest["after"]!}\""));
        var byId = await stage.CallAsync(Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""));
        var onward = await stage.CallAsync(Stage.Op("items.list", $"\"thread_id\":\"{thread}\",\"order\":\"asc\",\"after\":\"{all[19]}\""));
        var two = await stage.CallAsync(Stage.Op("items.list", $"\"thread_id\":\"{thread}\",\"order\":\"asc\",\"limit\":2"));

        Assert.Equal(all.AsEnumerable().Reverse(), Ids(newest).Concat(Ids(rest)));
        Assert.Equal((20, 6), (Ids(newest).Count, Ids(rest).Count));
        Assert.Equal(all[..20], Ids(byId["items"]!));
        Assert.True((bool)byId["items"]!["has_more"]!);
        Assert.Equal(all[20..], Ids(onward));
        Assert.Equal((true, all[1]), ((bool)two["has_more"]!, (string?)two["after"]));
    }

    [Fact]
    public async Task Case76And77_AThread_IsRenamedAndDeleted()
    {
        var thread = await stage.NewThreadAsync();
        var id = $"\"thread_id\":\"{thread}\"";

        var renamed = await stage.CallAsync(Stage.Op("threads.update", $"{id},\"title\":\"New\""));
        var read = await stage.CallAsync(Stage.Op("threads.get_by_id", id));
        var deleted = await stage.CallAsync(Stage.Op("threads.delete", id));
        var gone = await stage.Sidecar.ChatAsync(stage.Session, Stage.Op("threads.get_by_id", id));

        Assert.Equal(("New", "New", "{}"), ((string?)renamed["title"], (string?)read["title"], deleted.ToJsonString()));
        Assert.Equal((404, "thread_not_found"), (gone.Status, gone.Code));
    }

    [Fact]
    public async Task Case82_AnotherUsersThreads_AreNotThere()
    {
        var thread = await stage.NewThreadAsync();
        var eve = await stage.MintAsync("eve-82");

        var get = await stage.Sidecar.ChatAsync(eve, Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""));
        var items = await stage.Sidecar.ChatAsync(eve, Stage.Op("items.list", $"\"thread_id\":\"{thread}\""));
        var list = await stage.CallAsync(ChatBody.List, eve);
        using var add = await stage.StreamAsync(ChatBody.Message("x", thread), eve);

        Assert.Equal((404, 404), (get.Status, items.Status));
        Assert.Empty(list["data"]!.AsArray());
        Assert.Equal("thread_not_found", (string?)add.Error!["reason"]);
    }

    private static List<string> Ids(JsonNode page) => [.. page["data"]!.AsArray().Select(item => (string)item!["id"]!)];

    private static string Submit(string thread, string item, string input) =>
        Stage.Op("threads.add_structured_input", $"\"thread_id\":\"{thread}\",\"item_id\":\"{item}\",\"input\":{input}");
}
