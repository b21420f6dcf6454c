using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>What a real Node host's refusals, and a page's mistakes, look like to whoever asked.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private readonly FakeProvider _provider = new();
    private NodeHost _host = null!;
    private HttpDoor _door = null!;

    public async Task InitializeAsync()
    {
        _host = await NodeHost.StartWithSidecarAsync(new JsonObject
        {
            ["openai-main"] = NodeHost.Secret("sk-test-refusals-0123456789", _provider),
            ["denied"] = NodeHost.Refusal(-32002),
            ["locked"] = NodeHost.Refusal(-32003),
        });
        _door = new HttpDoor(await _host.PortAsync());
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _provider.Dispose();
    }

    [Theory]
    [InlineData("unknown", 404, "secret_not_found")]
    [InlineData("denied", 403, "secret_denied")]
    [InlineData("locked", 403, "secret_locked")]
    public async Task Mint_OfAKeyTheHostRefuses_NamesTheRefusal(string keyId, int status, string code)
    {
        var reply = await MintAsync($$"""{"secret_key_id":"{{keyId}}"}""");

        Assert.Equal(status, reply.Status);
        Assert.Equal(code, reply.Code);
        Assert.DoesNotContain("refused by the test host", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithMalformedJson_IsInvalidJsonEverywhere()
    {
        var session = await SessionAsync("");

        var mint = await MintAsync("""{"secret_key_id":""");
        var chat = await _door.SendAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = """{"type":""" });

        Assert.Equal(400, mint.Status);
        Assert.Equal("invalid_json", mint.Code);
        Assert.Equal(400, chat.Status);
        Assert.Equal("invalid_json", chat.Code);
    }

    [Fact]
    public async Task Request_WithAnExpiredToken_SaysSo()
    {
        var session = await SessionAsync(""","expires_after":{"anchor":"created_at","seconds":1}""");

        await Deadline.Passes(TimeSpan.FromSeconds(1.1));
        var reply = await _door.SendAsync(
            new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = ChatBody.Message("too late") });

        Assert.Equal(401, reply.Status);
        Assert.Equal("session_expired", reply.Code);
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task Sidecar_AfterEveryRefusal_HasLoggedNoStackTrace()
    {
        await MintAsync("""{"secret_key_id":"unknown"}""");
        await MintAsync("""{"secret_key_id":""");
        await _host.CommandAsync(new JsonObject { ["closeInput"] = true });
        var exited = await _host.EventAsync("exited");

        Assert.Equal(0, (int)exited["code"]!);
        Assert.DoesNotContain("   at ", _host.Errors.Text, StringComparison.Ordinal);
    }

    private Task<RawReply> MintAsync(string body) =>
        _door.SendAsync(new HttpCall("POST", "/sessions") { Bearer = _host.LaunchSecret, Body = body });

    private async Task<Session> SessionAsync(string members)
    {
        var reply = await MintAsync($$"""{"secret_key_id":"openai-main"{{members}}}""");
        return new Session((string)reply.Json["id"]!, (string)reply.Json["client_secret"]!);
    }
}
