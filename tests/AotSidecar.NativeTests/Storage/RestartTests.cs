namespace AotSidecar.NativeTests.Storage;

public sealed class RestartTests
{
    [Fact]
    public async Task Conversation_AfterARestart_GoesOnWhereItWas()
    {
        using var data = new DataSidecar();
        string threadId;
        await using (var first = await data.StartAsync())
        {
            using var stream = await first.StreamAsync(await first.MintAsync(), "remember the word walrus");
            await stream.ToEndAsync();
            threadId = stream.ThreadId;
            await DataSidecar.StopAsync(first);
        }

        await using var second = await data.StartAsync();
        var session = await second.MintAsync();
        var listed = await DataSidecar.AskAsync(second, session, ChatBody.List);
        using var again = await second.StreamAsync(session, "which word?", threadId);
        await again.ToEndAsync();
        var items = await DataSidecar.ListAsync(second, session, threadId);
        var found = await SearchAsync(second, session, "/threads?q=walrus");

        Assert.Equal("remember the word walrus", (string?)Assert.Single(listed["data"]!.AsArray())!["title"]);
        Assert.Equal(4, items.Distinct().Count());
        Assert.Equal(threadId, (string?)Assert.Single(found.Json["data"]!.AsArray())!["id"]);
        var input = Assert.Single(second.Provider.Requests).Json["input"]!.ToJsonString();
        Assert.Contains("walrus", input, StringComparison.Ordinal);
        Assert.Contains("which word?", input, StringComparison.Ordinal);
        Assert.Empty(await DataSidecar.ListAsync(second, await second.MintAsync(members: ""","user":"other" """)));
    }

    [Fact]
    public async Task Attachment_AfterARestart_HasItsBytes()
    {
        using var data = new DataSidecar();
        string id;
        await using (var first = await data.StartAsync())
        {
            var session = await first.MintAsync();
            var created = await DataSidecar.AskAsync(
                first, session, """{"type":"attachments.create","params":{"name":"a.txt","size":5,"mime_type":"text/plain"}}""");
            id = (string)created["id"]!;
            var put = await first.SendAsync(new HttpCall("PUT", $"/attachments/{id}") { Bearer = session.Token, Body = "bytes", ContentType = "text/plain" });
            Assert.Equal(204, put.Status);
            first.Process.Kill();
            await first.Process.ExitCodeAsync();
        }

        await using var second = await data.StartAsync();
        // past the harness's check of headers: a picture may be shown on another origin's page
        var token = (await second.MintAsync()).Token;
        var reply = await second.SendRawAsync(
            $"GET /attachments/{id} HTTP/1.1\r\nHost: 127.0.0.1:{{P}}\r\nAuthorization: Bearer {token}\r\n\r\n");

        Assert.Equal("bytes", reply.Text);
    }

    [Fact]
    public async Task Search_OfTitlesAndText_FindsOwnThreadsAlone()
    {
        using var data = new DataSidecar();
        await using var sidecar = await data.StartAsync();
        var (mine, other) = (await sidecar.MintAsync(), await sidecar.MintAsync(members: ""","user":"other" """));
        using (var stream = await sidecar.StreamAsync(mine, "where do walruses live"))
        {
            await stream.ToEndAsync();
        }

        var found = await SearchAsync(sidecar, mine, "/threads?q=WALRUS");
        var answers = await SearchAsync(sidecar, mine, "/threads?q=%E6%9D%B1%E4%BA%AC&limit=5");

        Assert.Equal("where do walruses live", (string?)Assert.Single(found.Json["data"]!.AsArray())!["title"]);
        Assert.False((bool)found.Json["has_more"]!);
        Assert.Single(answers.Json["data"]!.AsArray());
        Assert.Empty((await SearchAsync(sidecar, other, "/threads?q=walrus")).Json["data"]!.AsArray());
        Assert.Equal((400, "missing_field", "q"), Refusal(await SearchAsync(sidecar, mine, "/threads")));
        Assert.Equal((400, "missing_field", "q"), Refusal(await SearchAsync(sidecar, mine, "/threads?q=")));
        Assert.Equal((400, "invalid_field", "limit"), Refusal(await SearchAsync(sidecar, mine, "/threads?q=a&limit=-1")));
        Assert.Equal((400, "invalid_field", "after"), Refusal(await SearchAsync(sidecar, mine, "/threads?q=a&after=thr_1")));
        Assert.Equal(401, (await sidecar.SendAsync(new HttpCall("GET", "/threads?q=a"))).Status);
        Assert.Equal(403, (await sidecar.SendAsync(new HttpCall("GET", "/threads?q=a") { Bearer = sidecar.Host.LaunchSecret })).Status);
    }

    [Fact]
    public async Task Directory_AfterAConversation_HoldsNoSecret()
    {
        using var data = new DataSidecar();
        await using var sidecar = await data.StartAsync();
        var session = await sidecar.MintAsync();
        using (var stream = await sidecar.StreamAsync(session, "hello"))
        {
            await stream.ToEndAsync();
        }

        await DataSidecar.StopAsync(sidecar);
        var files = Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories);
        var text = string.Concat(files.Select(static file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))));

        Assert.Contains("hello", text, StringComparison.Ordinal);
        foreach (var secret in (string[])[sidecar.Host.ApiKey("openai-main"), session.Token, session.Token[3..], sidecar.Host.LaunchSecret])
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    private static Task<RawReply> SearchAsync(Sidecar sidecar, Session session, string path) =>
        sidecar.SendAsync(new HttpCall("GET", path) { Bearer = session.Token });

    private static (int Status, string? Code, string? Param) Refusal(RawReply reply) => (reply.Status, reply.Code, reply.Param);
}
