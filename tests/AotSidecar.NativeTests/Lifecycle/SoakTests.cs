using System.Globalization;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Lifecycle;

/// <summary>L15: a long day's work leaves neither memory nor descriptors behind.</summary>
public sealed class SoakTests
{
    private const int Sessions = 10_000;
    private const int AbortedStreams = 2_000;

    // the table's allowance over a process that has already done a tenth of everything
    private const long MemoryAllowance = 20L << 20;

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
        await WorkAsync(sidecar, Sessions / 10, AbortedStreams / 10);
        var (memory, descriptors) = (sidecar.Process.ResidentBytes(), await CountAsync(sidecar));

        await WorkAsync(sidecar, Sessions, AbortedStreams);

        Assert.InRange(sidecar.Process.ResidentBytes(), 0, memory + MemoryAllowance);
        await DescriptorsAsync(sidecar, descriptors);
        Assert.True(await sidecar.IsHealthyAsync());
    }

    private static async Task WorkAsync(Sidecar sidecar, int sessions, int streams)
    {
        await Parallel.ForAsync(0, sessions, AtOnce, async (_, _) =>
            await sidecar.MintAsync(members: ""","expiresAfter":{"anchor":"created_at","seconds":1}"""));
        await Parallel.ForAsync(0, streams, AtOnce, async (number, _) =>
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
        });

        // the last sessions have to expire and the last connections to be noticed
        await Deadline.Passes(TimeSpan.FromSeconds(3));
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

    /// <summary>Connections that are kept alive for a while close one by one; in the end no more are open than before.</summary>
    [SupportedOSPlatform("linux")]
    private static async Task DescriptorsAsync(Sidecar sidecar, int most)
    {
        var limit = Deadline.Token();
        while (await CountAsync(sidecar) > most)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit);
        }
    }

    [SupportedOSPlatform("linux")]
    private static async Task<int> CountAsync(Sidecar sidecar) => (await Descriptors.OfAsync(sidecar.Process.Id)).Count;
}
