using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AotSidecar.Providers.Requests;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

public sealed class AttachmentTests : IAsyncLifetime
{
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case79_Create_OfATextFile_SaysWhereItsBytesGo()
    {
        var reply = await CreateAsync("text/plain");

        var id = (string)reply["id"]!;
        Assert.Matches("^atc_[0-9a-f]{32}$", id);
        Assert.Equal(("file", "a.bin", "text/plain"), ((string?)reply["type"], (string?)reply["name"], (string?)reply["mime_type"]));
        Assert.Equal(
            $$$"""{"url":"http://127.0.0.1:{{{_host.Port}}}/attachments/{{{id}}}","method":"PUT","headers":{}}""", reply["upload_descriptor"]!.ToJsonString());
        Assert.False(reply.AsObject().ContainsKey("metadata"));
    }

    [Fact]
    public async Task Case79_Create_OfAPicture_HasAPreview()
    {
        var reply = await CreateAsync("image/png");

        Assert.Equal("image", (string?)reply["type"]);
        Assert.Equal("lazy", (string?)reply["preview_url"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case24_AnUploadedFile_BelongsToTheThreadThatItsMessageIsIn(bool existing)
    {
        _host.Model.Plan(Says.Text("first"));
        _host.Model.Plan(Says.Text("second"));
        var id = await UploadAsync("text/plain", "hello");
        var threadId = existing ? (await _host.StreamAsync(Body.Create("x"))).ThreadId : null;
        var members = $",\"attachments\":[\"{id}\"]";

        var stream = await _host.StreamAsync(threadId is null ? Body.Create("see", members) : Body.Add(threadId, "see", members));

        var sent = stream.Item("user_message")["attachments"]![0]!;
        Assert.Equal(threadId ?? stream.ThreadId, (string?)sent["thread_id"]);
        Assert.False(sent.AsObject().ContainsKey("upload_descriptor"));
        Assert.True(_host.Attachments.TryGet("local", id, out var stored, out _));
        Assert.Equal(threadId ?? stream.ThreadId, stored.ThreadId);
        var parts = _host.Model.Requests[^1].Input.OfType<InputItem.User>().Last().Parts;
        Assert.Equal(new InputPart.File("a.bin", "data:text/plain;base64,aGVsbG8=") { IsText = true }, parts[1]);
    }

    [Fact]
    public async Task AFileOfAnotherThread_IsCopiedAndAnotherUsersIsNotThere()
    {
        _host.Model.Plan(Says.Text("ok"));
        _host.Model.Plan(Says.Text("ok"));
        var id = await UploadAsync("text/plain", "hello");
        await _host.StreamAsync(Body.Create("x", $",\"attachments\":[\"{id}\"]"));

        var elsewhere = await _host.StreamAsync(Body.Create("y", $",\"attachments\":[\"{id}\"]"));
        var others = await _host.StreamAsync(Body.Create("y", $",\"attachments\":[\"{id}\"]"), await _host.MintAsync("eve"));

        var copied = elsewhere.Item("user_message")["attachments"]![0]!;
        Assert.NotEqual(id, (string?)copied["id"]);
        Assert.Equal(elsewhere.ThreadId, (string?)copied["thread_id"]);
        var parts = _host.Model.Requests[^1].Input.OfType<InputItem.User>().Last().Parts;
        Assert.Equal(new InputPart.File("a.bin", "data:text/plain;base64,aGVsbG8=") { IsText = true }, parts[1]);
        Assert.Equal("attachment_not_found", others.Reason);
    }

    [Fact]
    public async Task AFileWhoseBytesNeverCame_CannotBeAttached()
    {
        var id = (string)(await CreateAsync("text/plain"))["id"]!;

        var stream = await _host.StreamAsync(Body.Create("x", $",\"attachments\":[\"{id}\"]"));

        Assert.Equal("attachment_not_uploaded", stream.Reason);
    }

    [Fact]
    public async Task ASmallPicture_IsItsOwnPreview()
    {
        _host.Model.Plan(Says.Text("ok"));
        var id = await UploadAsync("image/png", "png");

        var stream = await _host.StreamAsync(Body.Create("x", $",\"attachments\":[\"{id}\"]"));

        Assert.Equal("data:image/png;base64,cG5n", (string?)stream.Item("user_message")["attachments"]![0]!["preview_url"]);
    }

    [Fact]
    public async Task ADirectUpload_AnswersTheAttachment()
    {
        using var form = new MultipartFormDataContent();
        using var content = new ByteArrayContent("hello"u8.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        form.Add(content, "file", "../../notes.txt");

        using var reply = await SendAsync(HttpMethod.Post, "/attachments", form);

        var json = await ChatHost.ReadJsonAsync(reply);
        Assert.Equal(("notes.txt", "text/plain", "file"), ((string?)json["name"], (string?)json["mime_type"], (string?)json["type"]));
        Assert.False(json.AsObject().ContainsKey("upload_descriptor"));
    }

    [Theory]
    [InlineData("image/png", "image/png")]
    [InlineData("IMAGE/PNG; q=1", "image/png")]
    [InlineData("image/svg+xml", "application/octet-stream")]
    [InlineData("IMAGE/SVG+XML;x=1", "application/octet-stream")]
    [InlineData("", "application/octet-stream")]
    [InlineData("text/html", "application/octet-stream")]
    public async Task AReadFile_IsShownOnlyWhenItIsAPicture(string mimeType, string shown)
    {
        var id = await UploadAsync(mimeType, "<b>");

        using var reply = await _host.SendAsync(HttpMethod.Get, $"/attachments/{id}", _host.Token);

        Assert.Equal("<b>", await reply.Content.ReadAsStringAsync());
        Assert.Equal(shown, reply.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Case80_Delete_RemovesBytesAndRecord()
    {
        var id = await UploadAsync("text/plain", "hello");
        var eve = await _host.MintAsync("eve");

        await _host.CallAsync(Body.Op("attachments.delete", $"\"attachment_id\":\"{id}\""), eve);
        using var kept = await _host.SendAsync(HttpMethod.Get, $"/attachments/{id}", _host.Token);
        var reply = await _host.CallAsync(Body.Op("attachments.delete", $"\"attachment_id\":\"{id}\""));
        using var gone = await _host.SendAsync(HttpMethod.Get, $"/attachments/{id}", _host.Token);

        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.Equal("{}", reply.ToJsonString());
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task ADeletedThread_TakesItsFilesAlong()
    {
        _host.Model.Plan(Says.Text("ok"));
        var id = await UploadAsync("text/plain", "hello");
        var thread = (await _host.StreamAsync(Body.Create("x", $",\"attachments\":[\"{id}\"]"))).ThreadId;

        await _host.CallAsync(Body.Op("threads.delete", $"\"thread_id\":\"{thread}\""));

        Assert.False(_host.Attachments.TryGet("local", id, out _, out _));
    }

    [Fact]
    public async Task AFileAnnouncedAsTooLarge_IsRefusedBeforeItIsSent()
    {
        var refusal = await _host.RefusalAsync(Body.Op("attachments.create", "\"name\":\"a\",\"size\":20971521,\"mime_type\":\"a/b\""));

        Assert.Equal((413, "payload_too_large"), (refusal.Status, refusal.Code));
    }

    private Task<JsonNode> CreateAsync(string mimeType) =>
        _host.CallAsync(Body.Op("attachments.create", $"\"name\":\"a.bin\",\"size\":5,\"mime_type\":\"{mimeType}\""));

    private async Task<string> UploadAsync(string mimeType, string content)
    {
        var id = (string)(await CreateAsync(mimeType))["id"]!;
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        using var reply = await SendAsync(HttpMethod.Put, $"/attachments/{id}", body);
        Assert.Equal(HttpStatusCode.NoContent, reply.StatusCode);
        return id;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Token);
        return await _host.Http.SendAsync(request).Soon();
    }
}
