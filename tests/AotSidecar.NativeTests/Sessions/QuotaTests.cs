using System.Globalization;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>Every limit on how often: docs/security.md#bad-inputs, S15, S16, A9 and A11.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task Mint_BeyondTheLiveSessions_IsRefusedAndEvictsNobody()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--max-sessions", "3"] });
        var sessions = new[] { await sidecar.MintAsync(), await sidecar.MintAsync(), await sidecar.MintAsync() };

        var refused = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        await sidecar.SendAsync(
            new HttpCall("POST", $"/sessions/{sessions[0].Id}/cancel") { Bearer = sidecar.Host.LaunchSecret });
        var accepted = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        var survivor = await sidecar.ChatAsync(sessions[1], ChatBody.List);

        Assert.Equal(429, refused.Status);
        Assert.Equal("too_many_sessions", refused.Code);
        Assert.Equal(201, accepted.Status);
        Assert.Equal(200, survivor.Status);
    }

    [Fact]
    public async Task Mint_BeyondSixtyAMinute_IsRefusedOverHttpButNotOverTheBridge()
    {
        await using var sidecar = await Sidecar.StartAsync();
        Assert.Equal(400, (await sidecar.PostSessionAsync("{")).Status);
        for (var count = 0; count < 60; count++)
        {
            Assert.Equal(201, (await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""")).Status);
        }

        var refused = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        var malformed = await sidecar.PostSessionAsync("{");
        var overTheBridge = await sidecar.MintAsync();

        Assert.Equal(429, refused.Status);
        Assert.Equal("rate_limited", refused.Code);
        AssertRetryAfter(refused);
        Assert.Equal("rate_limited", malformed.Code);
        Assert.Equal(200, (await sidecar.ChatAsync(overTheBridge, ChatBody.List)).Status);
    }

    [Fact]
    public async Task BadTokens_BeyondTheirBudget_AreSlowedWhileGoodOnesAreNot()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        var guess = new Session("", "ck_" + new string('B', 43));

        for (var count = 0; count < 20; count++)
        {
            Assert.Equal("missing_credential", (await sidecar.SendAsync(NoCredential)).Code);
            Assert.Equal(401, (await sidecar.ChatAsync(guess, ChatBody.List)).Status);
        }

        var refused = await sidecar.ChatAsync(guess, ChatBody.List);
        var good = await sidecar.ChatAsync(session, ChatBody.List);
        var mint = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");

        Assert.Equal(429, refused.Status);
        Assert.Equal("rate_limited", refused.Code);
        AssertRetryAfter(refused);
        Assert.Equal(200, good.Status);
        Assert.Equal(201, mint.Status);
    }

    [Fact]
    public async Task Requests_BeyondTheSessionsQuota_AreRefusedForItAlone()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":3}""");
        var other = await sidecar.MintAsync();
        for (var count = 0; count < 3; count++)
        {
            Assert.Equal(200, (await sidecar.ChatAsync(session, ChatBody.List)).Status);
        }

        var refused = await sidecar.ChatAsync(session, ChatBody.List);

        Assert.Equal(429, refused.Status);
        Assert.Equal("rate_limited", refused.Code);
        AssertRetryAfter(refused);
        Assert.Equal(200, (await sidecar.ChatAsync(other, ChatBody.List)).Status);
    }

    private static HttpCall NoCredential => new("POST", "/chatkit") { Body = ChatBody.List };

    private static void AssertRetryAfter(RawReply reply) =>
        Assert.InRange(int.Parse(reply.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
}
