using System.Globalization;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>How a session ends, and what its token is worth afterwards: docs/security.md#bad-inputs, S19, S20, A5, A6 and L7.</summary>
public sealed class SessionLifeTests
{
    [Fact]
    public async Task Session_CancelledTwice_Answers204BothTimes()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();

        var first = await CancelAsync(sidecar, session.Id);
        var second = await CancelAsync(sidecar, session.Id);
        var unknown = await CancelAsync(sidecar, "cksess_AAAAAAAAAAAAAAAAAAAAAA");

        Assert.Equal(204, first.Status);
        Assert.Equal(204, second.Status);
        Assert.Equal(404, unknown.Status);
    }

    [Fact]
    public async Task Session_ReadBack_ShowsEverythingButItsToken()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var minted = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");

        var reply = await sidecar.SendAsync(
            new HttpCall("GET", $"/sessions/{(string)minted.Json["id"]!}") { Bearer = sidecar.Host.LaunchSecret });

        Assert.Equal(200, reply.Status);
        Assert.False(reply.Json.AsObject().ContainsKey("client_secret"));
        Assert.Equal("local", (string?)reply.Json["user"]);
        Assert.Equal((long)minted.Json["expires_at"]!, (long)reply.Json["expires_at"]!);
    }

    [Fact]
    public async Task Tokens_ThatAreDeadOrForeign_AreToldApartByNobody()
    {
        await using var sidecar = await Sidecar.StartAsync();
        await using var other = await Sidecar.StartAsync();
        var revoked = await sidecar.MintAsync();
        await CancelAsync(sidecar, revoked.Id);
        var foreign = await other.MintAsync();

        var replies = new[]
        {
            await sidecar.ChatAsync(revoked, ChatBody.List),
            await sidecar.ChatAsync(foreign, ChatBody.List),
            await sidecar.ChatAsync(new Session("", "ck_" + new string('A', 43)), ChatBody.List),
            await sidecar.ChatAsync(new Session("", "malformed"), ChatBody.List),
        };

        Assert.All(replies, reply => Assert.Equal(401, reply.Status));
        Assert.Equal("invalid_credential", replies[0].Code);
        Assert.Single(replies.Select(reply => reply.Text).Distinct());
    }

    [Fact]
    public async Task Token_PastItsLifetime_IsExpired()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync(members: ""","expiresAfter":{"anchor":"created_at","seconds":1}""");

        var before = await sidecar.ChatAsync(session, ChatBody.List);
        await Deadline.Passes(TimeSpan.FromSeconds(1.1));
        var after = await sidecar.ChatAsync(session, ChatBody.List);

        Assert.Equal(200, before.Status);
        Assert.Equal(401, after.Status);
        Assert.Equal("session_expired", after.Code);
    }

    [Fact]
    public async Task Stream_ThatOutlivesItsSession_MayFinish()
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = exchange => ResponsesStream.WordsAsync(
            exchange, index => index == 1 ? Deadline.Passes(TimeSpan.FromSeconds(1.5)) : Task.CompletedTask, "one", " two");
        var session = await sidecar.MintAsync(members: ""","expiresAfter":{"anchor":"created_at","seconds":1}""");

        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.ToEndAsync();

        Assert.Equal("one two", stream.Deltas);
        Assert.Null(stream.Error);
    }

    [Theory]
    [InlineData("S20 cancel")]
    [InlineData("S20 sessions/revoke by id")]
    [InlineData("S20 sessions/revoke by key")]
    [InlineData("S20 secrets/changed")]
    public async Task Revocation_DuringAStream_EndsItWithAnError(string row)
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = ResponsesStream.EndlessAsync;
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.UntilDeltaAsync();

        await RevokeAsync(sidecar, session, row);
        await stream.ToEndAsync().Within("the end of a revoked stream");
        var later = await sidecar.ChatAsync(session, ChatBody.List);

        Assert.True(stream.Error is not null, $"{row}: {stream.Raw}");
        Assert.True(stream.EndedCleanly);
        Assert.Equal(401, later.Status);
        Assert.Equal("invalid_credential", later.Code);
    }

    [Fact]
    public async Task Threads_OfAUser_AreSeenByItsNextSessionAndByNoOther()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var first = await sidecar.MintAsync(members: ""","user":"ada" """);
        using (var stream = await sidecar.StreamAsync(first, "hello"))
        {
            await stream.ToEndAsync();
        }

        var next = await sidecar.MintAsync(members: ""","user":"ada" """);
        var other = await sidecar.MintAsync(members: ""","user":"bob" """);

        Assert.Single((await sidecar.ChatAsync(next, ChatBody.List)).Json["data"]!.AsArray());
        Assert.Empty((await sidecar.ChatAsync(other, ChatBody.List)).Json["data"]!.AsArray());
    }

    private static async Task RevokeAsync(Sidecar sidecar, Session session, string row)
    {
        var bridge = await sidecar.Host.ConnectedAsync();
        switch (row)
        {
            case "S20 cancel":
                Assert.Equal(204, (await CancelAsync(sidecar, session.Id)).Status);
                break;
            case "S20 sessions/revoke by id":
                AssertRevoked(await bridge.CallAsync("sessions/revoke", $$"""{"id":"{{session.Id}}"}"""));
                break;
            case "S20 sessions/revoke by key":
                AssertRevoked(await bridge.CallAsync("sessions/revoke", """{"secretKeyId":"openai-main"}"""));
                break;
            default:
                await bridge.NotifyAsync("secrets/changed", """{"secretKeyId":"openai-main"}""");
                break;
        }
    }

    private static void AssertRevoked(System.Text.Json.Nodes.JsonObject reply) =>
        Assert.True((int?)reply["result"]?["revoked"] == 1, reply.ToJsonString());

    private static Task<RawReply> CancelAsync(Sidecar sidecar, string id) => sidecar.SendAsync(
        new HttpCall("POST", string.Create(CultureInfo.InvariantCulture, $"/sessions/{id}/cancel"))
        {
            Bearer = sidecar.Host.LaunchSecret,
        });
}
