namespace AotSidecar.NativeTests.Http;

/// <summary>What every reply says about who may read it: docs/security.md#rows-h-http, H13 and H14.</summary>
public sealed class CorsTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    private const string Webview = "vscode-webview://1fq3cd6b9kb1sq5h6dkp5hsc9v5b4o4o";

    [Theory]
    [InlineData("/chatkit")]
    [InlineData("/api/chat/chatkit")]
    [InlineData("/sessions")]
    [InlineData("/v1/responses")]
    [InlineData("/threads")]
    public async Task Preflight_FromAnAllowedOrigin_IsAnsweredExactly(string path)
    {
        var reply = await shared.SendRawAsync(RawRequest.Preflight(Webview).Replace("/chatkit", path, StringComparison.Ordinal));

        Assert.Equal(204, reply.Status);
        ReplyContract.Assert(reply);
        Assert.Equal(Webview, reply.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", reply.Header("Vary"), StringComparison.Ordinal);
        Assert.Contains("POST", reply.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("authorization", reply.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("content-type", reply.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("*", reply.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.DoesNotContain("*", reply.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Null(reply.Header("Access-Control-Allow-Credentials"));
        Assert.Null(reply.Header("Access-Control-Allow-Private-Network"));
    }

    [Theory]
    [InlineData("/chatkit", "authorization,content-type,x-org-id,traceparent")]
    [InlineData("/api/chat/chatkit", "x-org-id")]
    [InlineData("/v1/chat/completions", "authorization,x-stainless-lang,x-later-sdk")]
    [InlineData("/attachments", "authorization,x-upload-id")]
    [InlineData("/attachments/atc_1", "traceparent")]
    [InlineData("/threads", "traceparent")]
    public async Task Preflight_FromAnAllowedOrigin_AllowsTheHeadersThatItAsksFor(string path, string headers)
    {
        var reply = await shared.SendRawAsync(RawRequest.Preflight(Webview)
            .Replace("/chatkit", path, StringComparison.Ordinal)
            .Replace("authorization,content-type", headers, StringComparison.Ordinal));

        Assert.Equal(204, reply.Status);
        Assert.Equal(headers, reply.Header("Access-Control-Allow-Headers"));
    }

    [Theory]
    [InlineData("H14 other origin", "https://evil.example", "")]
    [InlineData("H14 private network", "https://evil.example", "Access-Control-Request-Private-Network: true\r\n")]
    [InlineData("H14 null", "null", "")]
    public async Task Preflight_FromAnotherOrigin_LearnsNothing(string row, string origin, string more)
    {
        var reply = await shared.SendRawAsync(RawRequest.Preflight(origin, more));

        Assert.True(reply.Status == 403, $"{row}: {reply}");
        ReplyContract.Assert(reply);
        Assert.DoesNotContain("Access-Control-", reply.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Reply_ToAnAllowedOrigin_NamesItExactly()
    {
        var reply = await shared.SendRawAsync(RawRequest.Chat(more: $"Origin: {Webview}\r\n"));

        Assert.Equal(200, reply.Status);
        Assert.Equal(Webview, reply.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", reply.Header("Vary"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reply_WithoutAnOrigin_AllowsNone()
    {
        var reply = await shared.SendRawAsync(RawRequest.Chat());

        Assert.Equal(200, reply.Status);
        Assert.Null(reply.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", reply.Header("Vary"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_OfAnAllowedOriginsRequest_CanBeReadByItsPage()
    {
        var reply = await shared.SendRawAsync(
            $"POST /chatkit HTTP/1.1\r\n{RawRequest.Host}Origin: {Webview}\r\n{RawRequest.Json}Content-Length: 2\r\n\r\n{{}}");

        Assert.Equal(401, reply.Status);
        Assert.Equal(Webview, reply.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task BoundOrigin_OfASession_IsAllowedForItAlone()
    {
        const string page = "https://0abc.vscode-cdn.net";
        var bound = await shared.Sidecar.MintAsync("bound", $$""","origin":"{{page}}" """);

        var own = await ListAsync(bound, $"Origin: {page}");
        var other = await ListAsync(bound, $"Origin: {Webview}");
        var none = await ListAsync(bound);

        Assert.Equal(200, own.Status);
        Assert.Equal(page, own.Header("Access-Control-Allow-Origin"));
        Assert.Equal("origin_not_allowed", other.Code);
        Assert.Null(other.Header("Access-Control-Allow-Origin"));
        Assert.Equal(200, none.Status);
    }

    [Fact]
    public async Task AccessAllow_OverTheBridge_AddsHostsAndOrigins()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        var call = new HttpCall("POST", "/chatkit")
        {
            Bearer = session.Token,
            Body = ChatBody.List,
            Host = "forwarded.example:443",
            Headers = ["Origin: https://page.example"],
        };

        var before = await sidecar.SendAsync(call);
        var answer = await (await sidecar.Host.ConnectedAsync()).CallAsync(
            "access/allow", """{"origins":["https://page.example"],"hosts":["forwarded.example:443"]}""");
        var after = await sidecar.SendAsync(call);

        Assert.Equal("host_not_allowed", before.Code);
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        Assert.Null(answer["result"]);
        Assert.Equal(200, after.Status);
        Assert.Equal("https://page.example", after.Header("Access-Control-Allow-Origin"));
    }

    private Task<RawReply> ListAsync(Session session, params string[] headers) => shared.Sidecar.SendAsync(
        new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = ChatBody.List, Headers = headers });
}
