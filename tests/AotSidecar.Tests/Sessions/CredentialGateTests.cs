using System.Net;
using AotSidecar.Bridge;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Sessions;

/// <summary>Credentials through real HTTP, and minting.</summary>
public sealed class CredentialGateTests : IAsyncLifetime
{
    private const string List = """{"type":"threads.list","params":{}}""";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync(
        static flags => flags.MaxSessions = 3, fakes => fakes.Clock = _clock);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task AGoodToken_OpensTheChat() => Assert.Equal("200 ", await PostAsync($"Bearer {_host.Token}"));

    [Fact]
    public async Task TheScheme_MayBeInAnyCase() => Assert.Equal("200 ", await PostAsync($"bearer {_host.Token}"));

    [Theory]
    [InlineData(null, "401 missing_credential")]
    [InlineData("Basic YTpi", "401 invalid_credential")]
    [InlineData("Bearer", "401 invalid_credential")]
    [InlineData("Bearer  {T}", "401 invalid_credential")]
    [InlineData("Bearer {T}=", "401 invalid_credential")]
    [InlineData("Bearer {T}x", "401 invalid_credential")]
    [InlineData("Bearer ck_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "401 invalid_credential")]
    [InlineData("Bearer ck_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "401 invalid_credential")]
    [InlineData("Bearer sk-k", "401 invalid_credential")]
    [InlineData("Bearer {S}", "403 insufficient_scope")]
    public async Task ABadCredential_IsRefused(string? authorization, string expected) => Assert.Equal(
        expected, await PostAsync(authorization?.Replace("{T}", _host.Token).Replace("{S}", ChatHost.LaunchSecret)));

    [Fact]
    public async Task ATokenOnTheHostsPath_IsOfAnotherScope()
    {
        using var reply = await _host.SendAsync(HttpMethod.Post, "/sessions", _host.Token, """{"secret_key_id":"k"}""");

        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
    }

    [Fact]
    public async Task AnUnknownPath_Is401ToAStrangerAnd404ToAFriend()
    {
        using var stranger = await _host.SendAsync(HttpMethod.Get, "/nothing", null);
        using var friend = await _host.SendAsync(HttpMethod.Get, "/nothing", _host.Token);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.NotFound), (stranger.StatusCode, friend.StatusCode));
        Assert.Equal("Bearer", stranger.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task AnExpiredToken_IsToldSoSweptOrNot()
    {
        _clock.Advance(TimeSpan.FromSeconds(600));
        var first = await PostAsync($"Bearer {_host.Token}");
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _host.Sessions.Count);
        var second = await PostAsync($"Bearer {_host.Token}");

        Assert.Equal(("401 session_expired", "401 session_expired"), (first, second));
    }

    [Fact]
    public async Task ARevokedToken_IsAsUnknownAsOneThatNeverWas()
    {
        Assert.Equal(1, _host.Sessions.RevokeKey("k"));

        Assert.Equal("401 invalid_credential", await PostAsync($"Bearer {_host.Token}"));
    }

    [Fact]
    public async Task TooManyWrongCredentials_AreSlowedDownAndAGoodOneIsNot()
    {
        for (var at = 0; at < 20; at++)
        {
            Assert.Equal("401 invalid_credential", await PostAsync("Bearer wrong"));
        }

        var wrong = await PostAsync("Bearer wrong");
        var good = await PostAsync($"Bearer {_host.Token}");
        _clock.Advance(TimeSpan.FromSeconds(60));
        var later = await PostAsync("Bearer wrong");

        Assert.Equal(("429 rate_limited", "200 ", "401 invalid_credential"), (wrong, good, later));
    }

    [Fact]
    public async Task ABoundSession_ServesItsOriginOnly()
    {
        var token = await _host.MintAsync(extra: ""","origin":"https://page.example" """);

        var own = await PostAsync($"Bearer {token}", "https://page.example");
        var other = await PostAsync($"Bearer {token}", "vscode-webview://abc");
        var none = await PostAsync($"Bearer {token}");

        Assert.Equal(("200 ", "403 origin_not_allowed", "200 "), (own, other, none));
    }

    [Fact]
    public async Task OneSessionMoreThanMayBe_IsRefusedWithAWait()
    {
        await _host.MintAsync();
        await _host.MintAsync();

        using var reply = await _host.SendAsync(HttpMethod.Post, "/sessions", ChatHost.LaunchSecret, """{"secret_key_id":"k"}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, reply.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(600), reply.Headers.RetryAfter?.Delta);
        Assert.Equal("too_many_sessions", (string?)(await ChatHost.ReadJsonAsync(reply))["error"]!["code"]);
    }

    [Fact]
    public async Task TheKey_IsFetchedOncePerSession()
    {
        for (var at = 0; at < 5; at++)
        {
            await PostAsync($"Bearer {_host.Token}");
        }

        Assert.Equal(new SecretName("k", "pro"), Assert.Single(_host.Fakes.Secrets.Asked));
    }

    [Fact]
    public async Task AKeyThatChangesWhileItIsFetched_IsFetchedAgain()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource<Provider>());
        var calls = 0;
        _host.Fakes.Secrets.Find = (_, _) =>
        {
            asked.TrySetResult();
            return Interlocked.Increment(ref calls) == 1 ? answer.Task : Task.FromResult(_host.Fakes.Secrets.Key("sk-new"));
        };
        var minting = _host.MintAsync();
        await asked.Task.Soon();

        await _host.InvokeAsync("secrets/changed", """{"secretKeyId":"k"}""");
        answer.SetResult(_host.Fakes.Secrets.Key("sk-old"));
        var token = await minting.Soon();

        Assert.Equal(TokenLookup.Live, _host.Sessions.Find(token, out var session));
        Assert.Equal(("sk-new", 2), (session!.Provider.Key.Reveal(), calls));
        Assert.Equal(1, _host.Sessions.Count);
        Assert.Equal("401 invalid_credential", await PostAsync($"Bearer {_host.Token}"));
    }

    [Theory]
    [InlineData("sessions/create", "{}")]
    [InlineData("sessions/revoke", "{}")]
    [InlineData("secrets/changed", "{}")]
    [InlineData("access/allow", """{"origins":5}""")]
    public async Task AHostMethod_WithWrongParameters_SaysSo(string method, string parameters)
    {
        var refused = await Assert.ThrowsAsync<HostMethodException>(() => _host.InvokeAsync(method, parameters));

        Assert.Equal(HostMethodException.InvalidParams, refused.Code);
    }

    private async Task<string> PostAsync(string? authorization, string? origin = null)
    {
        List<(string, string)> headers = [];
        if (authorization is not null)
        {
            headers.Add(("Authorization", authorization));
        }

        if (origin is not null)
        {
            headers.Add(("Origin", origin));
        }

        using var reply = await _host.SendAsync(HttpMethod.Post, "/chatkit", null, List, [.. headers]);
        var json = await ChatHost.ReadJsonAsync(reply);
        return $"{(int)reply.StatusCode} {(string?)json["error"]?["code"]}";
    }
}
