namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: files and recordings.</summary>
public sealed class ConformanceTestsOfFiles(Stage stage) : IClassFixture<Stage>
{
    private const string Multipart = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nhello\r\n--b--\r\n";

    [Fact]
    public async Task Case24And25And79And80_AFile_IsAnnouncedUploadedSentAndDeleted()
    {
        var announced = await stage.CallAsync(Stage.Op("attachments.create", "\"name\":\"a.txt\",\"size\":5,\"mime_type\":\"text/plain\""));
        var picture = await stage.CallAsync(Stage.Op("attachments.create", "\"name\":\"a.png\",\"size\":5,\"mime_type\":\"image/png\""));
        var id = (string)announced["id"]!;
        var uploaded = await stage.Sidecar.SendAsync(new HttpCall("PUT", $"/attachments/{id}")
        {
            Bearer = stage.Session.Token,
            Body = "hello",
            ContentType = "text/plain",
        });
        stage.Play(Stage.Words("ok"));
        using var stream = await stage.StreamAsync(ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{id}\"]"));
        var deleted = await stage.CallAsync(Stage.Op("attachments.delete", $"\"attachment_id\":\"{id}\""));
        var gone = await stage.Sidecar.SendAsync(new HttpCall("GET", $"/attachments/{id}") { Bearer = stage.Session.Token });

        Assert.Equal(("file", "PUT"), ((string?)announced["type"], (string?)announced["upload_descriptor"]!["method"]));
        Assert.Equal("image", (string?)picture["type"]);
        Assert.NotNull((string?)picture["preview_url"]);
        Assert.Equal(204, uploaded.Status);
        foreach (var sent in new[] { stream.Events[1]["item"]!, (await stage.ItemsAsync(stream.ThreadId))[0]! })
        {
            Assert.Equal(stream.ThreadId, (string?)sent["attachments"]![0]!["thread_id"]);
            Assert.False(sent["attachments"]![0]!.AsObject().ContainsKey("metadata"));
        }

        Assert.Contains("data:text/plain;base64,aGVsbG8=", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
        Assert.Equal(("{}", 404), (deleted.ToJsonString(), gone.Status));
    }

    [Fact]
    public async Task AFileSentAtOnce_AnswersTheWholeAttachmentWithItsPreview()
    {
        var reply = await UploadAsync("/attachments");

        Assert.Equal(200, reply.Status);
        Assert.Equal(("image", "a.png", "image/png"), ((string?)reply.Json["type"], (string?)reply.Json["name"], (string?)reply.Json["mime_type"]));
        Assert.Equal("data:image/png;base64,aGVsbG8=", (string?)reply.Json["preview_url"]);
        Assert.False(reply.Json.AsObject().ContainsKey("upload_descriptor"));
    }

    [Theory]
    [InlineData("filename=\"a%22b.png\"", "a\"b.png")]
    [InlineData("filename=\"a\\\"b.png\"", "a\"b.png")]
    [InlineData("filename=\"100%.png\"", "100%.png")]
    [InlineData("filename*=UTF-8''a%22b.png", "a\"b.png")]
    public async Task AFileWithAQuoteInItsName_IsNamedAsItIs(string given, string shown)
    {
        var reply = await UploadAsync("/attachments", Multipart.Replace("filename=\"a.png\"", given, StringComparison.Ordinal));

        Assert.Equal(shown, (string?)reply.Json["name"]);
    }

    [Fact]
    public async Task AFileOfTwoFirstMessagesAtOnce_IsInOneAndTheOtherIsTold()
    {
        stage.Play(Stage.Words("ok"));
        for (var n = 0; n < 20; n++)
        {
            var body = ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{(string)(await UploadAsync("/attachments")).Json["id"]!}\"]", StringComparison.Ordinal);

            var both = await Task.WhenAll(stage.StreamAsync(body), stage.StreamAsync(body));

            // The second is told when it came meanwhile, and has a copy when it came later: never the same file.
            Assert.All(both, static stream => Assert.True(stream.Error is null || (string?)stream.Error["reason"] == "attachment_taken"));
            var ids = both.Where(static stream => stream.Error is null).Select(static stream => (string?)stream.Events[1]["item"]!["attachments"]![0]!["id"]).ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
            Assert.NotEmpty(ids);
            Array.ForEach(both, static stream => stream.Dispose());
        }
    }

    [Fact]
    public async Task AnAnnouncedFile_CanBePostedAsAFormToo()
    {
        var announced = await stage.CallAsync(Stage.Op("attachments.create", "\"name\":\"a.png\",\"size\":5,\"mime_type\":\"image/png\""));

        var uploaded = await UploadAsync($"/attachments/{(string)announced["id"]!}");
        stage.Play(Stage.Words("ok"));
        using var stream = await stage.StreamAsync(ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{(string)announced["id"]!}\"]"));

        Assert.Equal(204, uploaded.Status);
        Assert.Equal("data:image/png;base64,aGVsbG8=", (string?)stream.Events[1]["item"]!["attachments"]![0]!["preview_url"]);
        Assert.Contains("\"input_image\",\"image_url\":\"data:image/png;base64,aGVsbG8=\"", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
    }

    [Fact]
    public async Task Case81_ARecording_IsTranscribedByTheProvider()
    {
        stage.Play(exchange => exchange.ReplyAsync(200, """{"text":"spoken words"}"""));

        var reply = await stage.CallAsync(Stage.Op("input.transcribe", "\"audio_base64\":\"AAECAw==\",\"mime_type\":\"audio/webm;codecs=opus\""));

        Assert.Equal("""{"text":"spoken words"}""", reply.ToJsonString());
        var request = stage.Sidecar.Provider.Requests[^1];
        Assert.EndsWith("/audio/transcriptions", request.Target);
        Assert.True(request.Body.AsSpan().IndexOf((byte[])[0, 1, 2, 3]) > 0);
    }

    private Task<RawReply> UploadAsync(string path, string body = Multipart) => stage.Sidecar.SendAsync(new HttpCall("POST", path)
    {
        Bearer = stage.Session.Token,
        Body = body,
        ContentType = "multipart/form-data; boundary=b",
    });
}
