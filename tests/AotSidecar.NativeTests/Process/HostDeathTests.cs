using System.Globalization;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests;

/// <summary>docs/security.md#rows-l-the-process, L1: the Node host is killed at any moment of the sidecar's life, the first second included.</summary>
public sealed class HostDeathTests
{
    private const int Moments = 20;

    // few enough that two cores start them without delay
    private const int AtOnce = 4;

    // what docs/contract.md#the-end promises
    private static readonly TimeSpan GoneWithin = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Sidecar_OfAHostKilledAtARandomMoment_IsGoneInFiveSeconds()
    {
        await PublishedExecutable.PathAsync();
        await NodePackages.FolderAsync();
        var outcomes = new List<string>();

        await Parallel.ForAsync(0, Moments, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            // squares put half of the moments into the first 300 ms, where the process is still starting
            var moment = TimeSpan.FromMilliseconds(1200.0 * number * number / (Moments * Moments) + Jitter(number));
            var outcome = await KillAtAsync(moment, withStreams: number % 2 == 1);
            lock (outcomes)
            {
                outcomes.Add(string.Create(CultureInfo.InvariantCulture, $"{moment.TotalMilliseconds:0} ms: {outcome}"));
            }
        });

        Assert.Equal(Moments, outcomes.Count);
        Assert.All(outcomes, outcome => Assert.EndsWith("gone", outcome, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Provider_OfAHostKilledDuringTenStreams_IsHungUpOn()
    {
        using var provider = new FakeProvider();
        var closed = new List<Task>();
        provider.Answer = exchange =>
        {
            lock (closed)
            {
                closed.Add(exchange.ClientClosed);
            }

            return ResponsesStream.EndlessAsync(exchange);
        };
        await using var host = await StartAsync(provider);
        var door = new HttpDoor(await host.PortAsync());
        var streams = new List<ChatStream>();
        for (var number = 0; number < 10; number++)
        {
            // a session may run four streams at once
            var session = await MintAsync(door, host.LaunchSecret);
            streams.Add(await door.StreamAsync(session, ChatBody.Message("hello")));
            await streams[^1].UntilDeltaAsync();
        }

        host.Kill();
        using var limit = new CancellationTokenSource(GoneWithin, TimeProvider.System);
        var survivors = await host.SurvivorsAsync(limit.Token);

        await Task.WhenAll(closed).Within("the end of the provider's connections");
        Assert.Equal(10, closed.Count);
        Assert.Empty(survivors);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(async () => (await door.ConnectAsync()).Dispose());
        streams.ForEach(stream => stream.Dispose());
    }

    private static async Task<string> KillAtAsync(TimeSpan moment, bool withStreams)
    {
        using var provider = new FakeProvider { Answer = ResponsesStream.EndlessAsync };
        await using var host = await StartAsync(provider);
        await host.EventAsync("spawned");
        var killed = Deadline.Passes(moment);
        var work = withStreams ? StreamAsync(host) : Task.CompletedTask;

        await killed;
        host.Kill();
        using var limit = new CancellationTokenSource(GoneWithin, TimeProvider.System);
        var survivors = await host.SurvivorsAsync(limit.Token);
        await work;
        return survivors.Count > 0 ? $"alive: {string.Join(' ', survivors)}" : "gone";
    }

    /// <summary>Uses the sidecar for as long as it lives.</summary>
    private static async Task StreamAsync(NodeHost host)
    {
        try
        {
            var door = new HttpDoor(await host.PortAsync());
            using var stream = await door.StreamAsync(
                await MintAsync(door, host.LaunchSecret), ChatBody.Message("hello"));
            await stream.ToEndAsync();
        }
        catch (Exception)
        {
            // it was killed somewhere in the middle, which is what this test is about
        }
    }

    private static async Task<Session> MintAsync(HttpDoor door, string launchSecret)
    {
        var reply = await door.SendAsync(new HttpCall("POST", "/sessions")
        {
            Bearer = launchSecret,
            Body = """{"secret_key_id":"openai-main"}""",
        });
        return new Session((string)reply.Json["id"]!, (string)reply.Json["client_secret"]!);
    }

    private static Task<NodeHost> StartAsync(FakeProvider provider) => NodeHost.StartWithSidecarAsync(
        new JsonObject { ["openai-main"] = NodeHost.Secret("sk-test-0123456789", provider) }, shareErrors: true);

    private static double Jitter(int number) => number * 7919 % 60;
}
