using System.Globalization;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>200 sessions at once, each with a key of its own: the provider must see each prompt with the key of its session.</summary>
public sealed class CrossTalkTests
{
    private const int Sessions = 200;

    // below the server's limit of 64 connections, so that none is turned away
    private const int Connections = 32;

    private static ParallelOptions AtOnce => new() { MaxDegreeOfParallelism = Connections };

    [Fact]
    public async Task Keys_OfConcurrentSessions_NeverMeetAnothersPrompt()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { LogLevel = "warn" });
        sidecar.Provider.Answer = exchange => ResponsesStream.WordsAsync(exchange, "key is ", exchange.Request.Bearer![^4..]);
        var sessions = new Session[Sessions];
        await Parallel.ForAsync(
            0, Sessions, AtOnce, async (number, _) => sessions[number] = await sidecar.MintAsync(Name(number)));

        var turns = new string[Sessions];
        await Parallel.ForAsync(
            0, Sessions, AtOnce, async (number, _) =>
            {
                using var stream = await sidecar.StreamAsync(sessions[number], $"prompt of {Name(number)}.");
                await stream.ToEndAsync();
                turns[number] = stream.Deltas;
            });

        Assert.Equal(Sessions, sidecar.Provider.Requests.Count);
        foreach (var number in Enumerable.Range(0, Sessions))
        {
            var request = Assert.Single(sidecar.Provider.Requests, request => request.Bearer == KeyOf(Name(number)));
            Assert.Contains($"prompt of {Name(number)}.", request.Json.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal($"key is {KeyOf(Name(number))[^4..]}", turns[number]);
        }

        string KeyOf(string name) => sidecar.Host.ApiKey(name);
    }

    [Fact]
    public async Task SecretsGetCalls_OfConcurrentMintsOfOneKey_AreOneForEachEnvironment()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Host = host => host.OnSecretsGet = async (connection, request) =>
            {
                await release.Task;
                await host.GiveSecretAsync(connection, request);
            },
        });

        var same = Enumerable.Range(0, 10)
            .Select(_ => sidecar.PostSessionAsync("""{"secret_key_id":"shared"}""")).ToList();
        var dev = sidecar.PostSessionAsync("""{"secret_key_id":"shared","environment":"dev"}""");
        var bridge = await sidecar.Host.ConnectedAsync();
        await bridge.MessageAsync(message => (string?)message["params"]?["environment"] == "dev");
        await bridge.MessageAsync(message => (string?)message["params"]?["environment"] == "pro");
        var asked = sidecar.Host.SecretsGetCalls().Count();
        release.SetResult();
        var replies = await Task.WhenAll([.. same, dev]);

        Assert.Equal(2, asked);
        Assert.All(replies, reply => Assert.Equal(201, reply.Status));
        Assert.Equal(11, replies.Select(reply => (string?)reply.Json["client_secret"]).Distinct().Count());
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"key-{number:0000}");
}
