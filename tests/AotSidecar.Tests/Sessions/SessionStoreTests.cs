using AotSidecar.Http;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Sessions;

public sealed class SessionStoreTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly AccessList _access = new([], []);
    private readonly SessionStore _store;

    public SessionStoreTests() =>
        _store = new SessionStore(new SessionLimits(TimeSpan.FromMinutes(10), 3), _access, _clock, NullLogger<SessionStore>.Instance);

    [Fact]
    public void Find_OfAMintedToken_IsItsSessionAndNoOther()
    {
        var (session, token) = Mint();
        var other = Mint();

        Assert.Equal(TokenLookup.Live, _store.Find(token, out var found));
        Assert.Same(session, found);
        Assert.NotEqual(token, other.Token);
        Assert.Equal(TokenLookup.Unknown, _store.Find(SessionToken.Create(), out _));
        Assert.Equal(TokenLookup.Unknown, _store.Find("", out _));
    }

    [Fact]
    public void TryCreate_WhenFull_IsNull()
    {
        Mint();
        Mint();
        Mint();

        Assert.Null(_store.TryCreate(Grant("k"), Provider("sk")));
        Assert.Equal(600, _store.SecondsUntilRoom());
    }

    [Fact]
    public void Revoke_EndsTheSessionItsStreamsAndItsKey()
    {
        var (session, token) = Mint();
        var revoked = session.Revoked;

        Assert.True(_store.Revoke(session.Id));
        Assert.False(_store.Revoke(session.Id));

        Assert.True(revoked.IsCancellationRequested);
        Assert.Equal(TokenLookup.Unknown, _store.Find(token, out _));
        Assert.Equal(SessionStatus.Cancelled, _store.FindEnded(session.Id)!.Status);
        Assert.DoesNotContain("sk", session.Provider.Key.Reveal());
    }

    [Fact]
    public void Expiry_LetsARunningRequestFinishAndThenZeroesTheKey()
    {
        var (session, token) = Mint();
        var lease = session.TryRun()!.Value;

        _clock.Advance(TimeSpan.FromMinutes(10));
        var before = _store.Find(token, out _);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var during = session.Provider.Key.Reveal();
        lease.Dispose();

        Assert.Equal((TokenLookup.Expired, TokenLookup.Expired), (before, _store.Find(token, out _)));
        Assert.Equal("sk-1", during);
        Assert.DoesNotContain("sk", session.Provider.Key.Reveal());
        Assert.False(session.Revoked.IsCancellationRequested);
    }

    [Fact]
    public void AnEndedSession_IsForgottenAfterTenMinutes()
    {
        var (session, token) = Mint();
        _store.Revoke(session.Id);

        _clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(2));

        Assert.Null(_store.FindEnded(session.Id));
        Assert.Equal(TokenLookup.Unknown, _store.Find(token, out _));
    }

    [Fact]
    public void RevokeKey_EndsTheSessionsOfThatKeyOnly()
    {
        Mint("a");
        Mint("a");
        var (_, token) = Mint("b");

        Assert.Equal(2, _store.RevokeKey("a"));
        Assert.Equal(0, _store.RevokeKey("a"));
        Assert.Equal(TokenLookup.Live, _store.Find(token, out _));
    }

    [Fact]
    public void ABoundOrigin_IsAllowedWhileOneOfItsSessionsLives()
    {
        const string Origin = "https://page.example";
        var first = Mint(origin: Origin).Session;
        var second = Mint(origin: Origin).Session;

        _store.Revoke(first.Id);
        var still = _access.AllowsOrigin(Origin);
        _store.Revoke(second.Id);

        Assert.True(still);
        Assert.False(_access.AllowsOrigin(Origin));
    }

    [Fact]
    public void Streams_OfASession_AreCounted()
    {
        var (session, _) = Mint();

        Assert.True(session.TryBeginStream(2));
        Assert.True(session.TryBeginStream(2));
        Assert.False(session.TryBeginStream(2));
        session.EndStream();
        Assert.True(session.TryBeginStream(2));
    }

    [Fact]
    public void TheQuota_IsTheGrants()
    {
        var (session, _) = Mint();

        Assert.Null(session.Quota.Take());
        Assert.Null(session.Quota.Take());
        Assert.Equal(60, session.Quota.Take());
    }

    [Fact]
    public void TryRun_OfASessionThatHasEnded_IsNull()
    {
        var (session, _) = Mint();
        _store.Revoke(session.Id);

        Assert.Null(session.TryRun());
    }

    [Theory]
    [InlineData("cksess_00112233445566778899aabbccddeeff", true)]
    [InlineData("cksess_00112233445566778899AABBCCDDEEFF", false)]
    [InlineData("cksess_00112233445566778899aabbccddeef", false)]
    [InlineData("ck_00112233445566778899aabbccddeeff0000", false)]
    [InlineData(null, false)]
    public void ASessionId_IsReadInItsOneForm(string? text, bool valid)
    {
        Assert.Equal(valid, SessionId.TryParse(text, out var id));
        Assert.True(!valid || id.ToString() == text);
    }

    private (Session Session, string Token) Mint(string key = "k", string? origin = null) =>
        _store.TryCreate(Grant(key) with { Origin = origin }, Provider("sk-1"))!.Value;

    private static SessionGrant Grant(string key) =>
        new() { SecretKeyId = key, Lifetime = TimeSpan.FromMinutes(10), RequestsPerMinute = 2 };

    private static Provider Provider(string key) => new FakeSecrets().Key(key);
}
