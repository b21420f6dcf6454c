using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: framing and JSON.</summary>
public sealed class ConformanceTestsOfTheWire(Stage stage) : IClassFixture<Stage>
{
    private const string Input = """{"content":[{"type":"input_text","text":"x"}],"attachments":[],"inference_options":{}}""";

    [Fact]
    public async Task Case01_AStream_IsNothingButDataLinesAndEndsWithItsBody()
    {
        stage.Play(Stage.Words("one", " two"));

        using var stream = await stage.CreateAsync();

        Assert.All(stream.Raw.ToString().Split("\n\n")[..^1], frame => Assert.StartsWith("data: {", frame));
        Assert.EndsWith("}\n\n", stream.Raw.ToString());
        Assert.True(stream.EndedCleanly);
    }

    [Fact]
    public async Task Case02_TextThatNeedsEscaping_IsReadBackAsItWas()
    {
        const string Text = "\"quotes\"\nnew line, é, \u2028, <&> and \u0001";
        stage.Play(Stage.Words(Text));

        using var stream = await stage.CreateAsync(Text);

        Assert.Equal(Text, (string?)stream.Events[1]["item"]!["content"]![0]!["text"]);
        Assert.Equal(Text, stream.Deltas);
        Assert.Contains("é, \u2028, <&>", stream.Raw.ToString());
    }

    [Fact]
    public async Task Case03_WithoutAListOfDomains_NoEventHasTheKey()
    {
        stage.Play(Stage.Words("ok"));

        using var stream = await stage.CreateAsync();

        Assert.Contains("thread.updated", stream.Types);
        Assert.DoesNotContain("allowed_image_domains", stream.Raw.ToString());
    }

    [Fact]
    public async Task Case04_AToolCallsNullArguments_AreKeptAndAnAbsentOutputIsAbsent()
    {
        stage.Play(Stage.Calls("get_weather", """{"a":null}"""));

        using var stream = await stage.CreateAsync();

        Assert.Contains("\"arguments\":{\"a\":null}", stream.Raw.ToString());
        Assert.DoesNotContain("\"output\"", stream.Raw.ToString());
    }

    [Fact]
    public async Task Case05_AWidgetsNulls_AreGoneAtEveryDepth()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(thread, Stage.Item("done", """
            {"type":"widget","widget":{"type":"Card","id":null,"children":[null,{"type":"Text","value":"v","x":null}],"weird":{"a":null,"b":[null,1]}}}
            """));

        Assert.Equal(
            """{"type":"Card","children":[{"type":"Text","value":"v"}],"weird":{"b":[1]}}""",
            stream.Events[^1]["item"]!["widget"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"type":"threads.create","new":1,"metadata":{"a":1},"params":{"x":null,"input":{"y":[],"content":[{"type":"input_text","text":"x","z":{}}],"attachments":[],"inference_options":{"w":1}}}}""")]
    [InlineData("""{"params":{"input":{"inference_options":{},"attachments":[],"content":[{"text":"x","type":"input_text"}]}},"type":"threads.create"}""")]
    public async Task Case06And07_UnknownMembersAndAnyOrder_AreAccepted(string body)
    {
        stage.Play(Stage.Words("ok"));

        using var stream = await stage.StreamAsync(body);

        Assert.Equal("ok", stream.Deltas);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"type":"threads.explode","params":{}}""")]
    [InlineData("""{"type":"threads.list","params":[]}""")]
    [InlineData("""{"type":"threads.list","params":{},"metadata":[]}""")]
    [InlineData("""{"type":"items.feedback","params":{"thread_id":"t","item_ids":[],"kind":"meh"}}""")]
    [InlineData("""{"type":"threads.get_by_id","params":{"thread_id":5}}""")]
    [InlineData("""{"type":"threads.add_user_message","params":{"thread_id":5,"input":{}}}""")]
    public async Task Case08_AMalformedRequest_Is400WithAMessage(string body)
    {
        var reply = await stage.Sidecar.ChatAsync(stage.Session, body);

        Assert.Equal(400, reply.Status);
        Assert.False(string.IsNullOrEmpty((string?)reply.Json["message"]));
    }

    [Theory]
    [InlineData("attachments")]
    [InlineData("inference_options")]
    public async Task Case09_AMessageWithoutAMemberThatPagesMayLeaveOut_IsAnswered(string member)
    {
        var input = JsonNode.Parse(Input)!.AsObject();
        input.Remove(member);

        stage.Play(Stage.Words("ok"));

        using var stream = await stage.StreamAsync(Stage.Op("threads.create", $"\"input\":{input.ToJsonString()}"));

        Assert.Equal("ok", stream.Deltas);
    }

    [Fact]
    public async Task Case10_ALongSilence_IsFilledWithCommentsThatAreNoEvents()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.Play(exchange => ResponsesStream.WordsAsync(exchange, index => index == 1 ? heard.Task : Task.CompletedTask, "before", " after"));
        using var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("wait"));
        await stream.UntilDeltaAsync();
        var before = stream.Events.Count;

        await stream.CommentAsync();
        heard.SetResult();
        await stream.ToEndAsync();

        Assert.NotEqual(0, stream.Comments);
        Assert.Equal("thread.item.updated", (string?)stream.Events[before]["type"]);
        Assert.Equal("before after", stream.Deltas);
        Assert.Null(stream.Error);
    }

    /// <summary>A request may be 64 levels deep; the replies that show what it brought are some levels deeper.</summary>
    [Fact]
    public async Task WhatIsAsDeepAsARequestMayBe_CanBeReadBack()
    {
        stage.Play(Stage.Calls("get_weather", "{}"), Stage.Words("ok"));
        using var first = await stage.CreateAsync();
        var deep = $"{new string('[', 61)}null{new string(']', 61)}";

        using var second = await stage.StreamAsync(Stage.ToolOutput(first.ThreadId, deep));

        var items = await stage.Sidecar.ChatAsync(stage.Session, Stage.Op("items.list", $"\"thread_id\":\"{first.ThreadId}\""));
        var thread = await stage.Sidecar.ChatAsync(stage.Session, Stage.Op("threads.get_by_id", $"\"thread_id\":\"{first.ThreadId}\""));
        Assert.Equal("ok", second.Deltas);
        Assert.Equal((200, 200), (items.Status, thread.Status));
        Assert.Contains($"\"output\":{deep}", Encoding.UTF8.GetString(thread.Body));
    }

    [Fact]
    public async Task Times_AreUtcWithSixDigitsOrNone()
    {
        var thread = await stage.NewThreadAsync();

        using var stream = await stage.YieldAsync(
            thread,
            Stage.Item("done", """{"id":"t1","type":"end_of_turn","created_at":"2025-01-02 03:04:05"}"""),
            Stage.Item("done", """{"id":"t2","type":"end_of_turn","created_at":"2025-01-02T03:04:05.5+02:00"}"""),
            Stage.Item("done", """{"id":"t3","type":"end_of_turn"}"""));

        var times = stream.Events.Skip(1).Select(item => (string)item["item"]!["created_at"]!).ToList();
        Assert.Equal(["2025-01-02T03:04:05Z", "2025-01-02T01:04:05.500000Z"], times[..2]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$", times[2]);
    }

    [Theory]
    [InlineData("threads.get_by_id", "\"thread_id\":\"thr_none\"")]
    [InlineData("items.list", "\"thread_id\":\"thr_none\"")]
    [InlineData("attachments.create", "\"name\":\"a\",\"size\":999999999999,\"mime_type\":\"a/b\"")]
    [InlineData("threads.list", "\"after\":\"thr_none\"")]
    public async Task Case97_EveryJsonError_HasAMessage(string type, string members)
    {
        var reply = await stage.Sidecar.ChatAsync(stage.Session, Stage.Op(type, members));

        Assert.InRange(reply.Status, 400, 499);
        Assert.False(string.IsNullOrEmpty((string?)reply.Json["message"]));
    }

    [Fact]
    public async Task Case96_ACrossOriginPreflight_IsAllowedWithThePagesHeaders()
    {
        var reply = await stage.Sidecar.SendAsync(new HttpCall("OPTIONS", "/chatkit")
        {
            Headers =
            [
                "Origin: vscode-webview://abc",
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization,chatkit-frame-instance-id,content-type,last-event-id",
            ],
        });

        Assert.Equal(204, reply.Status);
        Assert.Equal("vscode-webview://abc", reply.Header("Access-Control-Allow-Origin"));
        Assert.Contains("chatkit-frame-instance-id", reply.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("last-event-id", reply.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
    }
}
