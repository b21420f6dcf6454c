using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>Sessions end in time although the wall clock jumps or the machine sleeps.</summary>
public sealed class ClockTests
{
    private const string TwoSeconds = ""","expiresAfter":{"anchor":"created_at","seconds":2}""";

    private static readonly TimeSpan AnHour = TimeSpan.FromHours(1);

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Session_WhenTheWallClockJumpsForward_IsExpired()
    {
        using var clock = await WallClock.StartAsync();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Launch = clock.Give });
        var session = await sidecar.MintAsync();

        var before = await sidecar.ChatAsync(session, ChatBody.List);
        clock.Shift(AnHour);
        var after = await sidecar.ChatAsync(session, ChatBody.List);
        var next = await sidecar.ChatAsync(await sidecar.MintAsync(), ChatBody.List);

        Assert.Equal(200, before.Status);
        Assert.Equal(401, after.Status);
        Assert.Equal("session_expired", after.Code);
        Assert.Equal(200, next.Status);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Session_WhenTheWallClockJumpsBack_LivesNoLonger()
    {
        using var clock = await WallClock.StartAsync();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Launch = clock.Give });
        var session = await sidecar.MintAsync(members: TwoSeconds);

        var end = await EndOfNextAsync(sidecar);
        clock.Shift(-AnHour);
        var endAfterTheJump = await EndOfNextAsync(sidecar);
        var before = await sidecar.ChatAsync(session, ChatBody.List);
        await Deadline.Passes(TimeSpan.FromSeconds(2.2));
        var after = await sidecar.ChatAsync(session, ChatBody.List);

        Assert.True(endAfterTheJump < end, "the sidecar does not see the shifted clock");
        Assert.Equal(200, before.Status);
        Assert.Equal(401, after.Status);
        Assert.Equal("session_expired", after.Code);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    public async Task Session_WhenTheProcessSleptPastItsEnd_IsExpired()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync(members: TwoSeconds);

        sidecar.Process.Signal(Posix.SigStop);
        await Deadline.Passes(TimeSpan.FromSeconds(2.2));
        sidecar.Process.Signal(Posix.SigCont);
        var expired = await sidecar.ChatAsync(session, ChatBody.List);
        var next = await sidecar.ChatAsync(await sidecar.MintAsync(), ChatBody.List);

        Assert.Equal(401, expired.Status);
        Assert.Equal("session_expired", expired.Code);
        Assert.Equal(200, next.Status);
    }

    /// <summary>When a session minted now will end, by the clock that the sidecar sees.</summary>
    private static async Task<long> EndOfNextAsync(Sidecar sidecar) =>
        (long)(await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""")).Json["expires_at"]!;
}
