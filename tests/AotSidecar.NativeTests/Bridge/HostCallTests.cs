using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Bridge;

/// <summary>What the host may call, and what it may not.</summary>
public sealed class HostCallTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    [Fact]
    public async Task Call_OfAnUnknownMethod_IsMethodNotFound()
    {
        var reply = await CallAsync("nobody/knows", "{}");

        Assert.Equal(-32601, (int)reply["error"]!["code"]!);
    }

    [Theory]
    [InlineData("secrets/get")]
    [InlineData("initialize")]
    public async Task Call_OfAMethodThatIsTheHosts_IsMethodNotFound(string method)
    {
        var reply = await CallAsync(method, "{}");

        Assert.Equal(-32601, (int)reply["error"]!["code"]!);
    }

    [Fact]
    public async Task Notification_OfAnUnknownMethod_IsIgnored()
    {
        var bridge = await shared.Sidecar.Host.ConnectedAsync();

        await bridge.NotifyAsync("nobody/knows", "{}");
        await bridge.SendAsync("""{"jsonrpc":"2.0","id":987654321,"result":null}""");
        await bridge.SendAsync("""{"jsonrpc":"2.0","id":"unknown","error":{"code":1,"message":"m"}}""");
        await bridge.NotifyAsync("$/cancelRequest", """{"id":"unknown"}""");

        Assert.True(await shared.Sidecar.IsHealthyAsync());
        Assert.Equal(-32601, (int)(await CallAsync("nobody/knows", "{}"))["error"]!["code"]!);
    }

    [Theory]
    [InlineData("sessions/create", "{}")]
    [InlineData("sessions/create", """{"secretKeyId":5}""")]
    [InlineData("sessions/create", """{"secretKeyId":"k","colour":"blue"}""")]
    [InlineData("sessions/create", """{"secret_key_id":"k"}""")]
    [InlineData("sessions/create", "[]")]
    [InlineData("sessions/create", "null")]
    [InlineData("sessions/create", """{"secretKeyId":"k","secretKeyId":"l"}""")]
    [InlineData("sessions/create", """{"secretKeyId":"\ud800"}""")]
    [InlineData("sessions/create", """{"secretKeyId":"k","\ud800":1}""")]
    [InlineData("sessions/create", """{"secretKeyId":"k","origin":"vscode-webview://*"}""")]
    [InlineData("sessions/create", """{"secretKeyId":"k","expiresAfter":{"anchor":"last_active_at","seconds":5}}""")]
    [InlineData("sessions/revoke", "{}")]
    [InlineData("sessions/revoke", """{"id":5}""")]
    [InlineData("log/setLevel", """{"level":"loud"}""")]
    [InlineData("log/setLevel", """{"level":"\ud800"}""")]
    [InlineData("access/allow", "\"https://a.example\"")]
    [InlineData("access/allow", """{"origins":["null"]}""")]
    [InlineData("access/allow", """{"origins":["https://a.example/"]}""")]
    [InlineData("access/allow", """{"origins":["\ud800"]}""")]
    [InlineData("access/allow", """{"hosts":["http://a.example"]}""")]
    [InlineData("access/allow", """{"origins":["*"]}""")]
    [InlineData("access/allow", """{"origins":"https://a.example"}""")]
    public async Task Call_WithWrongParameters_IsInvalidParams(string method, string parameters)
    {
        var reply = await CallAsync(method, parameters);

        Assert.True((int?)reply["error"]?["code"] == -32602, $"{method} {parameters}: {reply.ToJsonString()}");
    }

    /// <summary>JavaScript escapes half of a surrogate pair like this; no text can be made of it, and nothing may stop for it.</summary>
    [Fact]
    public async Task Call_WithANameThatIsNoText_IsMethodNotFoundAndTheBridgeGoesOn()
    {
        var reply = await CallAsync(@"nobody/\ud800", "{}");
        var next = await CallAsync("sessions/create", """{"secretKeyId":"after-the-garbage"}""");

        Assert.Equal(-32601, (int)reply["error"]!["code"]!);
        Assert.True(next.ContainsKey("result"), next.ToJsonString());
    }

    [Theory]
    [InlineData("secret_not_found", -32001)]
    [InlineData("secret_denied", -32002)]
    [InlineData("secret_locked", -32003)]
    [InlineData("bridge_incompatible", -32601)]
    [InlineData("bridge_error", -32603)]
    public async Task SessionsCreate_ThatTheHostItselfRefuses_SaysWhyInItsData(string reason, int code)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Host = host => host.OnSecretsGet = (connection, request) => connection.FailAsync(request["id"]!, code),
        });

        var reply = await (await sidecar.Host.ConnectedAsync()).CallAsync("sessions/create", """{"secretKeyId":"k"}""");

        Assert.Equal(-32000, (int)reply["error"]!["code"]!);
        Assert.Equal(reason, (string?)reply["error"]!["data"]!["code"]);
    }

    [Fact]
    public async Task SessionsCreate_AnswersTheMintInCamelCase()
    {
        var reply = await CallAsync("sessions/create", """
            {"secretKeyId":"openai-main","environment":"dev","user":"eve",
             "expiresAfter":{"anchor":"created_at","seconds":60},"rateLimits":{"maxRequestsPer1Minute":5}}
            """);

        var result = reply["result"]!.AsObject();
        Assert.Equal(
            ["clientSecret", "expiresAt", "expiresIn", "id", "maxRequestsPer1Minute", "object", "rateLimits", "status", "user"],
            result.Select(member => member.Key).Order());
        Assert.Equal("eve", (string?)result["user"]);
        Assert.Equal(60, (int)result["expiresIn"]!);
        Assert.Equal(5, (int)result["rateLimits"]!["maxRequestsPer1Minute"]!);
    }

    [Fact]
    public async Task SessionsRevoke_OfAnUnknownSession_RevokesNone()
    {
        var byId = await CallAsync("sessions/revoke", """{"id":"cksess_AAAAAAAAAAAAAAAAAAAAAA"}""");
        var byKey = await CallAsync("sessions/revoke", """{"secretKeyId":"never-minted"}""");

        Assert.Equal(0, (int)byId["result"]!["revoked"]!);
        Assert.Equal(0, (int)byKey["result"]!["revoked"]!);
    }

    [Fact]
    public async Task LogSetLevel_WhileRunning_ChangesWhatIsLogged()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { LogLevel = "none" });
        var bridge = await sidecar.Host.ConnectedAsync();

        await sidecar.MintAsync();
        var silent = sidecar.Process.Errors.Bytes.Length;
        var answer = await bridge.CallAsync("log/setLevel", """{"level":"trace"}""");
        await sidecar.MintAsync();
        var line = await sidecar.Process.Errors.LineAsync(_ => true).Within("a log line at trace");

        Assert.Equal(0, silent);
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        Assert.IsType<JsonObject>(JsonNode.Parse(line!));
    }

    [Fact]
    public async Task Shutdown_IsAnsweredBeforeTheEnd()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var bridge = await sidecar.Host.ConnectedAsync();

        var reply = await bridge.CallAsync("shutdown", "null");
        var exit = await sidecar.Process.ExitCodeAsync();

        Assert.True(reply.ContainsKey("result"), reply.ToJsonString());
        Assert.Null(reply["result"]);
        Assert.Equal(0, exit);
    }

    private async Task<JsonObject> CallAsync(string method, string parameters) =>
        await (await shared.Sidecar.Host.ConnectedAsync()).CallAsync(method, parameters);
}
