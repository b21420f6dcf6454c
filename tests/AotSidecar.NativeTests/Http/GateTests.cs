namespace AotSidecar.NativeTests.Http;

/// <summary>What the sidecar's own gates refuse: docs/security.md#rows-h-http.</summary>
public sealed class GateTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    private const string Webview = "vscode-webview://0abc";

    public static TheoryData<string, string, int, string> Refusals => new()
    {
        { "H2 HTTP/1.0 without Host", RawRequest.Chat(host: "", line: "POST /chatkit HTTP/1.0"), 403, "host_not_allowed" },
        { "H3 rebinding name", RawRequest.Chat(host: "Host: evil.example:{P}\r\n"), 403, "host_not_allowed" },
        { "H4 no port", RawRequest.Chat(host: "Host: 127.0.0.1\r\n"), 403, "host_not_allowed" },
        { "H4 next port", RawRequest.Chat(host: "Host: 127.0.0.1:{P+1}\r\n"), 403, "host_not_allowed" },
        { "H4 another loopback address", RawRequest.Chat(host: "Host: 127.0.0.2:{P}\r\n"), 403, "host_not_allowed" },
        { "H4 trailing dot", RawRequest.Chat(host: "Host: localhost.:{P}\r\n"), 403, "host_not_allowed" },
        { "H9 other origin", RawRequest.Chat(more: "Origin: https://evil.example\r\n"), 403, "origin_not_allowed" },
        { "H10 null", RawRequest.Chat(more: "Origin: null\r\n"), 403, "origin_not_allowed" },
        { "H10 empty", RawRequest.Chat(more: "Origin: \r\n"), 403, "origin_not_allowed" },
        { "H10 two", RawRequest.Chat(more: $"Origin: {Webview}\r\nOrigin: {Webview}\r\n"), 403, "origin_not_allowed" },
        { "H10 scheme alone", RawRequest.Chat(more: "Origin: vscode-webview://\r\n"), 403, "origin_not_allowed" },
        { "H10 scheme as a prefix", RawRequest.Chat(more: "Origin: vscode-webview://a/b\r\n"), 403, "origin_not_allowed" },
        { "H10 longer scheme", RawRequest.Chat(more: "Origin: xvscode-webview://a\r\n"), 403, "origin_not_allowed" },
        { "H16 text/plain", RawRequest.ChatOfType("Content-Type: text/plain\r\n"), 415, "unsupported_media_type" },
        {
            "H16 form", RawRequest.ChatOfType("Content-Type: application/x-www-form-urlencoded\r\n"), 415,
            "unsupported_media_type"
        },
        { "H16 none", RawRequest.ChatOfType(""), 415, "unsupported_media_type" },
        { "H16 a blank in the type", RawRequest.ChatOfType("Content-Type: application /json\r\n"), 415, "unsupported_media_type" },
        { "H16 a blank after the slash", RawRequest.ChatOfType("Content-Type: application/ json\r\n"), 415, "unsupported_media_type" },
        { "H16 json as a prefix", RawRequest.ChatOfType("Content-Type: application/jsonp\r\n"), 415, "unsupported_media_type" },
        {
            "H17 utf-16", RawRequest.ChatOfType("Content-Type: application/json; charset=utf-16\r\n"), 415,
            "unsupported_media_type"
        },
        {
            "H17 two charsets", RawRequest.ChatOfType("Content-Type: application/json; charset=utf-8; charset=utf-16\r\n"), 415,
            "unsupported_media_type"
        },
        { "H18 GET", Method("GET"), 405, "method_not_allowed" },
        { "H18 PUT", Method("PUT"), 405, "method_not_allowed" },
        { "H18 FOO", Method("FOO"), 405, "method_not_allowed" },
        { "H18 TRACE", Method("TRACE"), 405, "method_not_allowed" },
        { "H18 CONNECT", Method("CONNECT"), 405, "method_not_allowed" },
        { "H18 DELETE", Method("DELETE"), 405, "method_not_allowed" },
        { "H19 unknown path, no credential", $"GET /nowhere HTTP/1.1\r\n{RawRequest.Host}\r\n", 401, "missing_credential" },
        {
            "H19 unknown path, a token", $"GET /nowhere HTTP/1.1\r\n{RawRequest.Host}{RawRequest.Token}\r\n", 404, "not_found"
        },
        {
            "H19 a path in other letters, no credential", $"GET /Health HTTP/1.1\r\n{RawRequest.Host}\r\n", 401,
            "missing_credential"
        },
        { "H19 a slash more, no credential", $"GET /health/ HTTP/1.1\r\n{RawRequest.Host}\r\n", 401, "missing_credential" },
        { "H19 a slash more, a token", RawRequest.Chat(line: "POST /chatkit/ HTTP/1.1"), 404, "not_found" },
        { "H19 a path in other letters, a token", RawRequest.Chat(line: "POST /ChatKit HTTP/1.1"), 404, "not_found" },
        {
            "H19 a slash more, the launch secret",
            $"POST /sessions/cksess_0/cancel/ HTTP/1.1\r\n{RawRequest.Host}Authorization: Bearer {{S}}\r\n\r\n", 404, "not_found"
        },
        { "H19 a letter encoded", RawRequest.Chat(line: "POST /%63hatkit HTTP/1.1"), 404, "not_found" },
        { "H19 dots that lead back", RawRequest.Chat(line: "POST /sessions/../chatkit HTTP/1.1"), 404, "not_found" },
        { "H19 a dot", RawRequest.Chat(line: "POST /./chatkit HTTP/1.1"), 404, "not_found" },
        { "H19 dots in a name", RawRequest.Chat(line: "GET /v1/models/x/../gpt-5 HTTP/1.1"), 404, "not_found" },
        { "H19 encoded dots in a name", RawRequest.Chat(line: "GET /v1/models/x/%2e%2E/gpt-5 HTTP/1.1"), 404, "not_found" },
        { "H19 dots, no credential", $"GET /x/../health HTTP/1.1\r\n{RawRequest.Host}\r\n", 401, "missing_credential" },
        { "H19 an encoded slash, no credential", $"GET /health%2f HTTP/1.1\r\n{RawRequest.Host}\r\n", 401, "missing_credential" },
        {
            "H19 unknown path, the launch secret",
            $"GET /nowhere HTTP/1.1\r\n{RawRequest.Host}Authorization: Bearer {{S}}\r\n\r\n", 404, "not_found"
        },
    };

    public static TheoryData<string, string> Accepted => new()
    {
        { "H5 LOCALHOST", RawRequest.Chat(host: "Host: LOCALHOST:{P}\r\n") },
        { "H5 localhost", RawRequest.Chat(host: "Host: localhost:{P}\r\n") },
        { "H12 no Origin", RawRequest.Chat() },
        { "H12 a webview's Origin", RawRequest.Chat(more: $"Origin: {Webview}\r\n") },
        { "H16 charset utf-8", RawRequest.ChatOfType("Content-Type: application/json; charset=utf-8\r\n") },
        { "H16 upper case", RawRequest.ChatOfType("Content-Type: Application/JSON; charset=\"UTF-8\"\r\n") },
        { "H8 absolute form", RawRequest.Chat(line: "POST http://127.0.0.1:{P}/chatkit HTTP/1.1") },
        { "H19 a query with dots", RawRequest.Chat(line: "POST /chatkit?x=/../%2e HTTP/1.1") },
        { "H19 a query", RawRequest.Chat(line: "POST /chatkit?x=1 HTTP/1.1") },
        { "fetch as a webview sends it", RawRequest.Chat(more: "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n") },
    };

    public static TheoryData<string, string> NotFromScript => new()
    {
        { "navigation", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n" },
        { "no-cors", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n" },
        { "image", "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: image\r\n" },
        { "websocket", "Sec-Fetch-Mode: websocket\r\nSec-Fetch-Dest: websocket\r\n" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Request_ThatAGateRefuses_GetsItsStatusAndCode(string row, string request, int status, string code)
    {
        var reply = await shared.SendRawAsync(request);

        Assert.True(reply.Status == status, $"{row}: {reply}");
        ReplyContract.Assert(reply);
        Assert.Equal(code, reply.Code);
        if (status is 403)
        {
            Assert.Null(reply.Header("Access-Control-Allow-Origin"));
        }

        if (status is 405)
        {
            Assert.Contains("POST", reply.Header("Allow"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Request_ThatPassesTheGates_IsAnswered(string row, string request)
    {
        var reply = await shared.SendRawAsync(request);

        Assert.True(reply.Status == 200, $"{row}: {reply}");
        ReplyContract.Assert(reply);
    }

    [Theory]
    [MemberData(nameof(NotFromScript))]
    public async Task Request_ThatNoScriptCouldHaveSent_IsForbidden(string row, string headers)
    {
        var reply = await shared.SendRawAsync(RawRequest.Chat(more: headers));

        Assert.True(reply.Status == 403, $"{row}: {reply}");
        ReplyContract.Assert(reply);
    }

    [Fact]
    public async Task Head_IsRefusedWithoutABody()
    {
        var reply = await shared.Sidecar.SendAsync(new HttpCall("HEAD", "/health"));

        Assert.Equal(405, reply.Status);
        Assert.Equal("GET", reply.Header("Allow"));
    }

    [Fact]
    public async Task Health_WithoutACredential_SaysOkAndNothingElse()
    {
        var reply = await shared.Sidecar.SendAsync(new HttpCall("GET", "/health"));

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"status":"ok"}""", reply.Text);
    }

    [Theory]
    [InlineData("Host: evil.example:{P}\r\n", "host_not_allowed")]
    [InlineData("Host: 127.0.0.1:{P}\r\nOrigin: https://evil.example\r\n", "origin_not_allowed")]
    public async Task Health_BehindTheFirstTwoGates_IsForbidden(string headers, string code)
    {
        var reply = await shared.SendRawAsync($"GET /health HTTP/1.1\r\n{headers}\r\n");

        Assert.Equal(403, reply.Status);
        Assert.Equal(code, reply.Code);
    }

    [Fact]
    public async Task Gates_WhenSeveralWouldRefuse_AnswerInTheirOrder()
    {
        var everythingWrong = "PUT /sessions HTTP/1.1\r\n{0}{1}Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n";

        var host = await shared.SendRawAsync(Format("Host: evil\r\n", "Origin: https://evil.example\r\n"));
        var origin = await shared.SendRawAsync(Format(RawRequest.Host, "Origin: https://evil.example\r\n"));
        var method = await shared.SendRawAsync(Format(RawRequest.Host, ""));

        Assert.Equal("host_not_allowed", host.Code);
        Assert.Equal("origin_not_allowed", origin.Code);
        Assert.Equal("method_not_allowed", method.Code);

        string Format(string hostHeader, string originHeader) => everythingWrong
            .Replace("{0}", hostHeader, StringComparison.Ordinal).Replace("{1}", originHeader, StringComparison.Ordinal);
    }

    private static string Method(string method) =>
        $"{method} /sessions HTTP/1.1\r\n{RawRequest.Host}Authorization: Bearer {{S}}\r\n\r\n";
}
