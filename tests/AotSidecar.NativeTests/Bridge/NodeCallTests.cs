using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Bridge;

/// <summary>Every method that the host may call, called by <c>vscode-jsonrpc</c> as an extension would.</summary>
public sealed class NodeCallTests : IAsyncLifetime
{
    private readonly FakeProvider _provider = new();
    private NodeHost _host = null!;
    private HttpDoor _door = null!;

    public async Task InitializeAsync()
    {
        _host = await NodeHost.StartWithSidecarAsync(
            new JsonObject { ["openai-main"] = NodeHost.Secret("sk-test-node-calls-0123456789", _provider) });
        _door = new HttpDoor(await _host.PortAsync());

        // the ready line may overtake the proof, and the host calls nobody before it has checked that
        await _host.EventAsync("proven");
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _provider.Dispose();
    }

    [Fact]
    public async Task SessionsCreate_MintsATokenThatStreams()
    {
        var session = await MintAsync();

        using var stream = await _door.StreamAsync(session, ChatBody.Message("hello"));
        await stream.ToEndAsync();

        Assert.Equal("Hello! from 東京.", stream.Deltas);
    }

    [Fact]
    public async Task SessionsRevoke_OfAKey_CountsAndKillsItsSessions()
    {
        var session = await MintAsync();
        await MintAsync();

        var result = await _host.CallAsync("sessions/revoke", new JsonObject { ["secretKeyId"] = "openai-main" });
        var reply = await ListAsync(session);

        Assert.Equal(2, (int)result!["revoked"]!);
        Assert.Equal("invalid_credential", reply.Code);
    }

    [Fact]
    public async Task SecretsChanged_KillsTheSessionsOfTheKeyAndTheNextMintAsksAgain()
    {
        var session = await MintAsync();

        await _host.CommandAsync(new JsonObject
        {
            ["notify"] = "secrets/changed",
            ["params"] = new JsonObject { ["secretKeyId"] = "openai-main" },
        });
        var next = await MintAsync();

        Assert.Equal("invalid_credential", (await ListAsync(session)).Code);
        Assert.Equal(200, (await ListAsync(next)).Status);
        Assert.Equal(2, _host.Calls("secrets/get").Count);
    }

    [Fact]
    public async Task AccessAllow_AddsAnOrigin()
    {
        var session = await MintAsync();

        var before = await ListAsync(session, "Origin: https://page.example");
        await _host.CallAsync("access/allow", new JsonObject { ["origins"] = new JsonArray("https://page.example") });
        var after = await ListAsync(session, "Origin: https://page.example");

        Assert.Equal("origin_not_allowed", before.Code);
        Assert.Equal(200, after.Status);
    }

    [Fact]
    public async Task LogSetLevel_AndToolsChanged_AreTaken()
    {
        var result = await _host.CallAsync("log/setLevel", new JsonObject { ["level"] = "debug" });
        await _host.CommandAsync(new JsonObject { ["notify"] = "tools/changed", ["params"] = new JsonObject() });

        Assert.Null(result);
        Assert.Equal(200, (await ListAsync(await MintAsync())).Status);
    }

    [Fact]
    public async Task Shutdown_EndsTheSidecarWithExit0()
    {
        var result = await _host.CallAsync("shutdown", null);
        var exited = await _host.EventAsync("exited");

        Assert.Null(result);
        Assert.Equal(0, (int)exited["code"]!);
    }

    [Fact]
    public async Task Host_ThatRestartsTheSidecar_GivesOldTokensNoWayIn()
    {
        var session = await MintAsync();
        await _host.CallAsync("shutdown", null);
        await _host.EventAsync("exited");

        // the same host and the same launch secret: only the process is new
        await _host.CommandAsync(new JsonObject { ["spawnAgain"] = true });
        var port = await _host.SecondPortAsync();
        var reply = await new HttpDoor(port).SendAsync(
            new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = ChatBody.List });

        Assert.Equal(401, reply.Status);
        Assert.Equal("invalid_credential", reply.Code);
    }

    private Task<RawReply> ListAsync(Session session, params string[] headers) => _door.SendAsync(
        new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = ChatBody.List, Headers = headers });

    private async Task<Session> MintAsync()
    {
        var result = await _host.CallAsync("sessions/create", new JsonObject { ["secretKeyId"] = "openai-main" });
        return new Session((string)result!["id"]!, (string)result["clientSecret"]!);
    }
}
