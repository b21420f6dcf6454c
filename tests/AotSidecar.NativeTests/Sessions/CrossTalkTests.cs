using System.Globalization;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>200 sessions at once, each with a key of its own: the provider must see each prompt with the key of its session.</summary>
public sealed class CrossTalkTests
{
    private const int Sessions = 200;

    // below the 64 connections that the sidecar takes; two providers, since it opens 32 to one of them
    private const int Wave = 60;

    [Fact]
    public async Task Keys_OfConcurrentSessions_NeverMeetAnothersPrompt()
    {
        using FakeProvider even = new(), odd = new();
        var asked = new Rendezvous(Sessions);
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            LogLevel = "warn",
            Host = host => host.OnSecretsGet = async (connection, request) =>
            {
                // No question is answered before all are asked; then whoever comes first answers.
                await asked.ArriveAsync();
                var name = (string)request["params"]!["secretKeyId"]!;
                var provider = int.Parse(name, CultureInfo.InvariantCulture) % 2 == 0 ? even : odd;
                await connection.ReplyAsync(request["id"]!, $$"""{"secret":"{{KeyOf(name)}}","baseUrl":"{{provider.BaseUrl}}"}""");
            },
        });
        var sessions = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(number => sidecar.MintAsync(Name(number))));

        var turns = new string[Sessions];
        foreach (var wave in Enumerable.Range(0, Sessions).Chunk(Wave))
        {
            // All of a wave are in the middle of their answers at the same time.
            var underWay = new Rendezvous(wave.Length);
            even.Answer = odd.Answer = exchange => ResponsesStream.WordsAsync(
                exchange, index => index == 1 ? underWay.ArriveAsync() : Task.CompletedTask, "key is ", exchange.Request.Bearer![^4..]);
            await Task.WhenAll(wave.Select(async number =>
            {
                using var stream = await sidecar.StreamAsync(sessions[number], $"prompt of {Name(number)}.");
                await stream.ToEndAsync();
                turns[number] = stream.Deltas;
            }));
        }

        var requests = even.Requests.Concat(odd.Requests).ToLookup(static request => request.Bearer);
        Assert.Equal(Sessions, requests.Sum(static key => key.Count()));
        foreach (var number in Enumerable.Range(0, Sessions))
        {
            var key = KeyOf(Name(number));
            var request = Assert.Single(requests[key]);
            Assert.Contains($"prompt of {Name(number)}.", request.Json.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal($"key is {key[^4..]}", turns[number]);
        }
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

    /// <summary>The last characters differ from key to key, so that an answer tells whose it is.</summary>
    private static string KeyOf(string name) => $"sk-test-0123456789-{name}";

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:0000}");

    /// <summary>A barrier: lets all through once all have arrived.</summary>
    private sealed class Rendezvous(int count)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task ArriveAsync()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _all.SetResult();
            }

            return _all.Task.Within("the arrival of all");
        }
    }
}
