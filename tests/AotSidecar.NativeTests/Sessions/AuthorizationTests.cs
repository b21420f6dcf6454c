namespace AotSidecar.NativeTests.Sessions;

/// <summary>
/// docs/security.md#rows-a-the-authorization-header, and S1 to S4. Together they stay below the budget of 20 failures.
/// </summary>
public sealed class AuthorizationTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    private const string WellFormed = "ck_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public static TheoryData<string, string> Invalid => new()
    {
        { "A2 Bearer alone", "Bearer" },
        { "A2 two spaces", "Bearer  {T}" },
        { "A2 tab", "Bearer\t{T}" },
        { "A3 42 characters", "Bearer " + WellFormed[..^1] },
        { "A3 44 characters", "Bearer " + WellFormed + "A" },
        { "A3 illegal alphabet", "Bearer " + WellFormed[..^1] + "+" },
        { "A3 padding", "Bearer {T}=" },
        { "A3 8 KiB", "Bearer ck_" + new string('A', 8192) },
        { "A6 unknown", "Bearer " + WellFormed },
        { "A10 the API key", "Bearer sk-test-openai-main-0123456789" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Credential_ThatIsNoSessionToken_IsInvalid(string row, string credential)
    {
        var reply = await shared.SendRawAsync(List($"Authorization: {credential}\r\n"));

        Assert.True(reply.Status == 401, $"{row}: {reply}");
        ReplyContract.Assert(reply);
        Assert.Equal("invalid_credential", reply.Code);
        Assert.Equal("Bearer", reply.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task Credential_OfAnotherScheme_Is401()
    {
        var reply = await shared.SendRawAsync(List("Authorization: Basic dXNlcjpwYXNz\r\n"));

        Assert.Equal(401, reply.Status);
        Assert.Equal("invalid_credential", reply.Code);
    }

    [Fact]
    public async Task Credential_Missing_Is401()
    {
        var reply = await shared.SendRawAsync(List(""));

        Assert.Equal(401, reply.Status);
        Assert.Equal("missing_credential", reply.Code);
    }

    [Fact]
    public async Task Credential_WithALowerCaseScheme_IsAccepted()
    {
        var reply = await shared.SendRawAsync(List("Authorization: bearer {T}\r\n"));

        Assert.Equal(200, reply.Status);
    }

    [Theory]
    [InlineData("A8 query", "/chatkit?access_token={T}", "")]
    [InlineData("A8 cookie", "/chatkit", "Cookie: session={T}; access_token={T}\r\n")]
    public async Task Token_OutsideTheHeader_IsNoCredential(string row, string target, string headers)
    {
        var reply = await shared.SendRawAsync(List(headers).Replace("/chatkit", target, StringComparison.Ordinal));

        Assert.True(reply.Status == 401, $"{row}: {reply}");
        Assert.DoesNotContain(shared.Session.Token, shared.Sidecar.Process.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_InABody_IsNoCredential()
    {
        var body = shared.Fill("""{"type":"threads.list","params":{},"access_token":"{T}"}""");

        var reply = await shared.Sidecar.SendAsync(new HttpCall("POST", "/chatkit") { Body = body });

        Assert.Equal(401, reply.Status);
        Assert.Equal("missing_credential", reply.Code);
    }

    [Fact]
    public async Task LaunchSecret_WhereATokenBelongs_IsTheWrongScope()
    {
        var reply = await shared.SendRawAsync(List("Authorization: Bearer {S}\r\n"));

        Assert.Equal(403, reply.Status);
        Assert.Equal("insufficient_scope", reply.Code);
    }

    [Theory]
    [InlineData("S4", "POST", "/sessions", """{"secret_key_id":"k"}""")]
    [InlineData("S4 get", "GET", "/sessions/cksess_x", null)]
    [InlineData("S4 cancel", "POST", "/sessions/cksess_x/cancel", null)]
    [InlineData("S4 status", "GET", "/status", null)]
    [InlineData("S4 metrics", "GET", "/metrics", null)]
    public async Task Token_WhereTheLaunchSecretBelongs_IsTheWrongScope(string row, string method, string path, string? body)
    {
        var reply = await shared.Sidecar.SendAsync(
            new HttpCall(method, path) { Bearer = shared.Session.Token, Body = body });

        Assert.True(reply.Status == 403, $"{row}: {reply}");
        Assert.Equal("insufficient_scope", reply.Code);
    }

    [Theory]
    [InlineData("S1 none", null, "missing_credential")]
    [InlineData("S1 wrong", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "invalid_credential")]
    [InlineData("S1 truncated", "{S-1}", "invalid_credential")]
    public async Task Mint_WithoutTheLaunchSecret_Is401(string row, string? bearer, string code)
    {
        var reply = await shared.Sidecar.SendAsync(new HttpCall("POST", "/sessions")
        {
            Bearer = bearer?.Replace("{S-1}", shared.Sidecar.Host.LaunchSecret[..^1], StringComparison.Ordinal),
            Body = """{"secret_key_id":"openai-main"}""",
        });

        Assert.True(reply.Status == 401, $"{row}: {reply}");
        Assert.Equal(code, reply.Code);
    }

    private static string List(string authorization) =>
        $"POST /chatkit HTTP/1.1\r\nHost: 127.0.0.1:{{P}}\r\n{authorization}Content-Type: application/json\r\n"
        + $"Content-Length: {ChatBody.List.Length}\r\n\r\n{ChatBody.List}";
}
