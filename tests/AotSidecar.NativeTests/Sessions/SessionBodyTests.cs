using System.Text;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>The body of <c>POST /sessions</c>: docs/security.md#rows-s-sessions.</summary>
public sealed class SessionBodyTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    public static TheoryData<string, string, string, string?> Refusals => new()
    {
        { "S5 empty", "", "invalid_json", null },
        { "S5 null", "null", "invalid_json", null },
        { "S5 array", "[]", "invalid_json", null },
        { "S5 string", "\"x\"", "invalid_json", null },
        { "S5 empty object", "{}", "missing_field", "secret_key_id" },
        { "S6 open brace", "{", "invalid_json", null },
        { "S6 trailing comma", """{"secret_key_id":"k",}""", "invalid_json", null },
        { "S6 comment", """{"secret_key_id":"k"/* no */}""", "invalid_json", null },
        { "S6 BOM", "\ufeff{\"secret_key_id\":\"k\"}", "invalid_json", null },
        { "S6 two documents", """{"secret_key_id":"k"}{}""", "invalid_json", null },
        { "S6 duplicate member", """{"secret_key_id":"k","secret_key_id":"l"}""", "invalid_json", null },
        { "S8 unknown member", """{"secret_key_id":"k","colour":"blue"}""", "unknown_field", "colour" },
        { "S9 empty", """{"secret_key_id":""}""", "invalid_field", "secret_key_id" },
        { "S9 129 characters", $$"""{"secret_key_id":"{{new string('k', 129)}}"}""", "invalid_field", "secret_key_id" },
        { "S9 dots", """{"secret_key_id":"../x"}""", "invalid_field", "secret_key_id" },
        { "S9 control character", """{"secret_key_id":"a\u0001b"}""", "invalid_field", "secret_key_id" },
        { "S9 space", """{"secret_key_id":"a b"}""", "invalid_field", "secret_key_id" },
        { "S9 number", """{"secret_key_id":5}""", "invalid_field", "secret_key_id" },
        { "S9 lone surrogate", """{"secret_key_id":"\ud800"}""", "invalid_field", "secret_key_id" },
        { "S10 unknown", """{"secret_key_id":"k","environment":"staging"}""", "invalid_field", "environment" },
        { "S10 wrong type", """{"secret_key_id":"k","environment":1}""", "invalid_field", "environment" },
        { "S11 base_url", """{"secret_key_id":"k","base_url":"http://127.0.0.1:1"}""", "unknown_field", "base_url" },
        { "S11 api_key", """{"secret_key_id":"k","api_key":"sk-x"}""", "unknown_field", "api_key" },
        { "S11 model_endpoint", """{"secret_key_id":"k","model_endpoint":"x"}""", "unknown_field", "model_endpoint" },
        { "S12 zero", Lifetime("0"), "invalid_field", "expires_after.seconds" },
        { "S12 negative", Lifetime("-1"), "invalid_field", "expires_after.seconds" },
        { "S12 over the maximum", Lifetime("601"), "invalid_field", "expires_after.seconds" },
        { "S12 a billion", Lifetime("1e9"), "invalid_field", "expires_after.seconds" },
        { "S12 fraction", Lifetime("1.5"), "invalid_field", "expires_after.seconds" },
        { "S13 depth 33", $$"""{"secret_key_id":"k","client_tools":{{Deep(33)}}}""", "invalid_json", null },
        { "S13 depth 10000", Deep(10_000), "invalid_json", null },
        { "origin with a path", """{"secret_key_id":"k","origin":"https://a.example/b"}""", "invalid_field", "origin" },
        { "origin *", """{"secret_key_id":"k","origin":"*"}""", "invalid_field", "origin" },
        { "origin null", """{"secret_key_id":"k","origin":"null"}""", "invalid_field", "origin" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Mint_WithABadBody_NamesTheFaultAndAsksNoHost(string row, string body, string code, string? param)
    {
        var asked = shared.Sidecar.Host.SecretsGetCalls().Count();

        var reply = await shared.Sidecar.PostSessionAsync(body);

        Assert.True(reply.Status == 400, $"{row}: {reply}");
        Assert.True(reply.Code == code, $"{row}: {reply}");
        Assert.Equal(param, reply.Param);
        Assert.Equal(asked, shared.Sidecar.Host.SecretsGetCalls().Count());
    }

    [Fact]
    public async Task Mint_WithInvalidUtf8InAMember_NamesTheMember()
    {
        byte[] body = [.. "{\"secret_key_id\":\"a"u8, 0xff, 0xfe, .. "\"}"u8];
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync((byte[])
        [
            .. Encoding.ASCII.GetBytes(shared.Fill(
                $"POST /sessions HTTP/1.1\r\nHost: 127.0.0.1:{{P}}\r\nAuthorization: Bearer {{S}}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n")),
            .. body,
        ]);
        var reply = await connection.ReadReplyAsync();

        Assert.Equal(400, reply.Status);
        Assert.Equal("invalid_field", reply.Code);
        Assert.Equal("secret_key_id", reply.Param);
    }

    [Fact]
    public async Task Mint_WithEveryMember_AnswersTheContractsReply()
    {
        var reply = await shared.Sidecar.PostSessionAsync("""
            {"secret_key_id":"team/openai:main-1.0_x","environment":"dev","user":"ada",
             "expires_after":{"anchor":"created_at","seconds":300},"rate_limits":{"max_requests_per_1_minute":7},
             "origin":"vscode-webview://0abc","model":"gpt-test","instructions":"be brief",
             "client_tools":[{"name":"open_file","description":"opens","parameters":{"type":"object"}}]}
            """);

        Assert.True(reply.Status == 201, reply.ToString());
        Assert.Equal(
            ["client_secret", "expires_at", "expires_in", "id", "max_requests_per_1_minute", "object", "rate_limits", "status", "user"],
            reply.Json.AsObject().Select(member => member.Key).Order());
        Assert.Matches("^cksess_", (string?)reply.Json["id"]);
        Assert.Matches("^ck_[A-Za-z0-9_-]{43}$", (string?)reply.Json["client_secret"]);
        Assert.Equal("chatkit.session", (string?)reply.Json["object"]);
        Assert.Equal("active", (string?)reply.Json["status"]);
        Assert.Equal("ada", (string?)reply.Json["user"]);
        Assert.Equal(300, (int)reply.Json["expires_in"]!);
        Assert.Equal(7, (int)reply.Json["rate_limits"]!["max_requests_per_1_minute"]!);
        Assert.Equal(7, (int)reply.Json["max_requests_per_1_minute"]!);
        var asked = shared.Sidecar.Host.SecretsGetCalls().Last()["params"]!;
        Assert.Equal("team/openai:main-1.0_x", (string?)asked["secretKeyId"]);
        Assert.Equal("dev", (string?)asked["environment"]);
    }

    private static string Lifetime(string seconds) =>
        $$$"""{"secret_key_id":"k","expires_after":{"anchor":"created_at","seconds":{{{seconds}}}}}""";

    private static string Deep(int depth) => new string('[', depth) + new string(']', depth);
}
