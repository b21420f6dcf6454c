using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Lifecycle;

/// <summary>Sessions end in time although the wall clock jumps or the machine sleeps.</summary>
public sealed class ClockTests
{
    private const string TwoSeconds = ""","expiresAfter":{"anchor":"created_at","seconds":2}""";

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Session_WhenTheWallClockJumpsForward_IsExpired()
    {
        using var clock = new WallClock();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Launch = clock.Fake });
        var session = await sidecar.MintAsync();

        var before = await sidecar.ChatAsync(session, ChatBody.List);
        clock.Set("+3600");
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
        using var clock = new WallClock();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Launch = clock.Fake });
        var session = await sidecar.MintAsync(members: TwoSeconds);

        clock.Set("-3600");
        var before = await sidecar.ChatAsync(session, ChatBody.List);
        await Deadline.Passes(TimeSpan.FromSeconds(2.2));
        var after = await sidecar.ChatAsync(session, ChatBody.List);

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

    /// <summary>The clock that a process sees, offset by what stands in a file.</summary>
    [SupportedOSPlatform("linux")]
    private sealed class WallClock : IDisposable
    {
        private readonly string _file = Path.GetTempFileName();
        private readonly string _library;

        public WallClock()
        {
            // Debian keeps it below the triplet of the machine
            _library = Directory.EnumerateDirectories("/usr/lib")
                .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
                .FirstOrDefault(File.Exists)
                ?? throw new InvalidOperationException("libfaketime is missing: install the package libfaketime");
            Set("+0");
        }

        public Launch Fake(Launch launch) => launch with
        {
            Environment = new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = _library,
                ["FAKETIME_TIMESTAMP_FILE"] = _file,
                ["FAKETIME_NO_CACHE"] = "1",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                ["DONT_FAKE_MONOTONIC"] = "1",
            },
        };

        public void Set(string offset) => File.WriteAllText(_file, offset + "\n");

        public void Dispose() => File.Delete(_file);
    }
}
