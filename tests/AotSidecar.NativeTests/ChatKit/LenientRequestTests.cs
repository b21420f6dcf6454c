namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Requests as pages of many builds send them.</summary>
public sealed class LenientRequestTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task AToolOutput_WithoutAResult_IsNull()
    {
        stage.Play(Stage.Calls("get_weather", "{}"), Stage.Words("ok"));
        using var asked = await stage.CreateAsync();

        using var stream = await stage.StreamAsync(Stage.Op("threads.add_client_tool_output", $"\"thread_id\":\"{asked.ThreadId}\""));

        Assert.Equal("ok", stream.Deltas);
        Assert.Equal("completed", (string?)(await stage.ItemsAsync(asked.ThreadId))[1]!["status"]);
    }

    [Theory]
    [InlineData("""{"content":[{"type":"input_text","text":"x"}]}""")]
    [InlineData("""{"content":[{"type":"input_text","text":"x"}],"attachments":null,"quoted_text":null,"inference_options":null}""")]
    [InlineData("""{"content":[{"type":"input_tag","id":"t","text":"x"}],"inference_options":{"tool_choice":null,"model":null}}""")]
    public async Task AMessage_WithoutWhatIsOptional_IsAnswered(string input)
    {
        stage.Play(Stage.Words("ok"));

        using var stream = await stage.StreamAsync(Stage.Op("threads.create", $"\"input\":{input}"));

        Assert.Equal("ok", stream.Deltas);
    }

    [Theory]
    [InlineData("\"type\":\"threads.list\"")]
    [InlineData("\"type\":\"threads.list\",\"params\":null")]
    [InlineData("\"type\":\"threads.list\",\"params\":{},\"metadata\":null")]
    public async Task AnOperation_WithoutWhatItDoesNotNeed_IsAnswered(string members) =>
        Assert.NotNull((await stage.CallAsync($"{{{members}}}"))["data"]);

    [Theory]
    [InlineData("""hi \ud83d""", "hi \uFFFD")]
    [InlineData("""\udc4d hi""", "\uFFFD hi")]
    [InlineData("""\ud83d\ud83d\udc4d \\ud83d""", "\uFFFD\U0001F44D \\ud83d")]
    public async Task HalfAnEmoji_IsAReplacementCharacter(string escaped, string shown)
    {
        stage.Play(Stage.Words("ok"));
        var body = ChatBody.Message("TEXT").Replace("TEXT", escaped);

        using var stream = await stage.StreamAsync(body);

        Assert.Equal(shown, (string?)stream.Events[1]["item"]!["content"]![0]!["text"]);
        Assert.Equal("ok", stream.Deltas);
    }

    [Fact]
    public async Task HalfAnEmoji_InWhatIsPassedOn_IsAReplacementCharacterToo()
    {
        var thread = await stage.NewThreadAsync();
        stage.ActionResult = "{}";

        using var stream = await stage.StreamAsync(Stage.Action(thread, null).Replace("\"n\":null", "\"n\":\"\\ud83d\""));

        Assert.Equal("\uFFFD", (string?)stage.Actions[^1]["action"]!["payload"]!["n"]);
    }

    [Theory]
    [InlineData(1_000_001, "text_too_long")]
    [InlineData(5 * 1024 * 1024, "payload_too_large")]
    public async Task AMessage_ThatIsTooLong_IsAnErrorThatThePageShows(int length, string reason)
    {
        using var stream = await stage.Sidecar.Door.OpenStreamAsync(new HttpCall("POST", "/chatkit")
        {
            Bearer = stage.Session.Token,
            Body = ChatBody.Message(new string('x', length)),
            Headers = ["Accept: text/event-stream"],
        });
        await stream.ToEndAsync();

        Assert.Equal(["error"], stream.Types);
        Assert.Equal((reason, false), ((string?)stream.Error!["reason"], (bool)stream.Error["allow_retry"]!));
    }

    [Fact]
    public async Task APicture_OverThePreviewsSize_IsAskedFor()
    {
        var announced = await stage.CallAsync(Stage.Op("attachments.create", "\"name\":\"a.png\",\"size\":300000,\"mime_type\":\"image/png\""));
        var id = (string)announced["id"]!;
        var uploaded = await stage.Sidecar.SendAsync(new HttpCall("PUT", $"/attachments/{id}")
        {
            Bearer = stage.Session.Token,
            Body = new string('x', 300_000),
            ContentType = "image/png",
        });
        stage.Play(Stage.Words("ok"));
        using var stream = await stage.StreamAsync(ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{id}\"]"));

        var preview = await stage.CallAsync(Stage.Op("attachments.get_preview", $"\"attachment_id\":\"{id}\",\"conversation_id\":\"{stream.ThreadId}\""));
        var others = await stage.Sidecar.ChatAsync(await stage.MintAsync("eve"), Stage.Op("attachments.get_preview", $"\"attachment_id\":\"{id}\""));

        Assert.Equal(204, uploaded.Status);
        Assert.Equal("lazy", (string?)stream.Events[1]["item"]!["attachments"]![0]!["preview_url"]);
        Assert.Equal($"data:image/png;base64,{Convert.ToBase64String(new byte[300_000].Select(static _ => (byte)'x').ToArray())}", (string?)preview["url"]);
        Assert.Equal(404, others.Status);
    }
}
