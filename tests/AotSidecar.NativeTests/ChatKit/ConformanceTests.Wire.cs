using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>The cases of the protocol's conformance list, by number: framing and JSON.</summary>
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

        Assert.Equal("thread.updated", stream.Types.Last());
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
    [InlineData("""{"type":"threads.list"}""")]
    [InlineData("""{"type":"threads.list","params":{},"metadata":null}""")]
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
    public async Task Case09_AMessageWithoutARequiredMember_Is400(string member)
    {
        var input = JsonNode.Parse(Input)!.AsObject();
        input.Remove(member);

        var reply = await stage.Sidecar.ChatAsync(stage.Session, Stage.Op("threads.create", $"\"input\":{input.ToJsonString()}"));

        Assert.Equal((400, "missing_field", $"params.input.{member}"), (reply.Status, reply.Code, reply.Param));
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
