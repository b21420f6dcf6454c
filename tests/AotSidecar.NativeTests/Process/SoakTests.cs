using System.Globalization;
using System.Runtime.Versioning;
using Xunit.Abstractions;

namespace AotSidecar.NativeTests;

/// <summary>
/// docs/security.md#rows-l-the-process, L15: a long day's work leaves neither memory nor descriptors behind. Without <c>AOTSIDECAR_SOAK_SECONDS</c> the work is
/// done as fast as it goes; with it, it is spread evenly over that time.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Sessions = 10_000;
    private const int AbortedStreams = 2_000;

    // the table's allowance over a process that has already done a tenth of everything
    private const long MemoryAllowance = 20L << 20;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(10);

    private static ParallelOptions AtOnce => new() { MaxDegreeOfParallelism = 16 };

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Memory_AfterTenThousandSessionsAndTwoThousandAbortedStreams_IsFlat()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            LogLevel = "error",
            Flags = ["--max-sessions", "20000"],
        });
        sidecar.Provider.Answer = ResponsesStream.EndlessAsync;
        var footprint = await Footprint.OfAsync(sidecar);
        await WorkAsync(sidecar, Sessions / 10, AbortedStreams / 10, TimeSpan.Zero);
        var descriptors = await footprint.QuietAsync();
        var memory = sidecar.Process.ResidentBytes();

        using var over = new CancellationTokenSource();
        var samples = SampleAsync(sidecar, footprint, over.Token);
        await WorkAsync(sidecar, Sessions, AbortedStreams, RunSettings.SoakTime);
        await over.CancelAsync();
        await samples;
        var left = await footprint.QuietAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"before {Show(memory)}, {descriptors.Count} descriptors; after {Show(sidecar.Process.ResidentBytes())}, {left.Count}"));
        Assert.Equal(descriptors, left);
        Assert.InRange(sidecar.Process.ResidentBytes(), 0, memory + MemoryAllowance);
        Assert.True(await sidecar.IsHealthyAsync());
    }

    private static async Task WorkAsync(Sidecar sidecar, int sessions, int streams, TimeSpan time)
    {
        var last = new Session("", "");
        await Task.WhenAll(
            PacedAsync(sessions, time, async _ => last = await sidecar.MintAsync(members: ""","expiresAfter":{"anchor":"created_at","seconds":1}""")),
            PacedAsync(streams, time, number => AbortAsync(sidecar, number)));

        // Expired sessions hold a key until the sweep, which comes once a second.
        await SweptAsync(sidecar, last);
    }

    /// <summary>One session, one stream that its page leaves after the first word, and everything taken away again.</summary>
    private static async Task AbortAsync(Sidecar sidecar, int number)
    {
        // a user of its own, so that each thread can be taken away again
        var user = string.Create(CultureInfo.InvariantCulture, $"user-{number}");
        var session = await sidecar.MintAsync(members: $$""","user":"{{user}}" """);
        string thread;
        using (var stream = await sidecar.StreamAsync(session, "hello"))
        {
            await stream.UntilDeltaAsync();
            thread = stream.ThreadId;
        }

        await DeleteAsync(sidecar, session, thread);
        var bridge = await sidecar.Host.ConnectedAsync();
        await bridge.CallAsync("sessions/revoke", $$"""{"id":"{{session.Id}}"}""");
    }

    /// <summary>Does the work as often as said, each time when its share of the time has come.</summary>
    private static async Task PacedAsync(int count, TimeSpan time, Func<int, Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await Parallel.ForAsync(0, count, AtOnce, async (number, _) =>
        {
            var due = time * ((double)number / count) - TimeProvider.System.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
            {
                await Deadline.Passes(due);
            }

            await work(number);
        });
    }

    [SupportedOSPlatform("linux")]
    private async Task SampleAsync(Sidecar sidecar, Footprint footprint, CancellationToken over)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(SampleEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                var descriptors = await footprint.CountAsync();
                var seconds = (int)TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds,4} s: {Show(sidecar.Process.ResidentBytes())}, {descriptors} descriptors"));
            }
        }
        catch (OperationCanceledException)
        {
            // the work is done
        }
    }

    /// <summary>A thread whose stream has just been dropped is busy until its turn has been stored.</summary>
    private static async Task DeleteAsync(Sidecar sidecar, Session session, string thread)
    {
        var limit = Deadline.Token();
        var body = $$$"""{"type":"threads.delete","params":{"thread_id":"{{{thread}}}"}}""";
        while ((await sidecar.ChatAsync(session, body)).Status == 409)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit);
        }
    }

    private static async Task SweptAsync(Sidecar sidecar, Session last)
    {
        var limit = Deadline.Token();
        while ((int)(await sidecar.SendAsync(new HttpCall("GET", "/status") { Bearer = sidecar.Host.LaunchSecret })).Json["live_sessions"]! > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit);
        }

        Assert.Equal("session_expired", (await sidecar.ChatAsync(last, ChatBody.List)).Code);
    }

    private static string Show(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
