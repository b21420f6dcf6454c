using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AotSidecar.NativeTests.Providers;

/// <summary>A provider whose TCP connection ends anywhere in its reply, politely or not.</summary>
public sealed partial class StreamCutTests
{
    private const string Hello = "Hello! Grüße from 東京 🌟.";

    /// <summary>Prime to the lengths of everything in the reply, so that the cuts fall into all of its parts.</summary>
    private const int Step = 37;

    private const int Readers = 12;

    [Theory]
    [InlineData("closed")]
    [InlineData("reset")]
    public async Task Stream_CutAnywhere_EndsInTheAnswerOrInOneError(string how)
    {
        var reply = Reply();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { LogLevel = "warn" });
        var asked = new ConcurrentDictionary<int, int>();
        sidecar.Provider.Answer = async exchange =>
        {
            var cut = int.Parse(Cut().Match(exchange.Request.Json.ToJsonString()).Groups[1].Value, CultureInfo.InvariantCulture);
            if (asked.AddOrUpdate(cut, 1, (_, count) => count + 1) > 1)
            {
                await exchange.SendAsync(reply);
                return;
            }

            await exchange.SendAsync(reply.AsMemory(0, cut));
            if (how == "reset")
            {
                exchange.Reset();
            }

            exchange.Close();
        };
        var cuts = new ConcurrentQueue<int>(Enumerable.Range(0, (reply.Length / Step) + 1).Select(index => index * Step));
        var outcomes = new ConcurrentBag<string>();

        await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => ReadAsync(sidecar, cuts, outcomes)));

        Assert.Equal((reply.Length / Step) + 1, outcomes.Count);
        Assert.Contains("answered", outcomes);
        Assert.Contains("broken", outcomes);
        Assert.DoesNotContain(outcomes, outcome => outcome is not ("answered" or "broken"));
        Assert.All(asked, cut => Assert.InRange(cut.Value, 1, 2));
    }

    [Fact]
    public async Task Stream_ResetAfterTextThatWasRead_KeepsTheText()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sidecar.Provider.Answer = async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.EventAsync(string.Concat(Recording.Events("resp-text").Take(5)));
            await read.Task.Within("the reader's first word");
            exchange.Reset();
        };

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.UntilDeltaAsync();
        read.SetResult();
        await stream.ToEndAsync();

        Assert.Equal("upstream_stream_broken", (string?)stream.Error?["reason"]);
        Assert.Equal("Hello", (string?)stream.Events.Single(item => (string?)item["type"] == "thread.item.done"
            && (string?)item["item"]!["type"] == "assistant_message")["item"]!["content"]![0]!["text"]);
        Assert.Single(sidecar.Provider.Requests);
    }

    [Fact]
    public async Task Stream_OfOneByteInEachSegment_IsTheSameAnswer()
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = async exchange =>
        {
            foreach (var value in Reply())
            {
                await exchange.SendAsync(new[] { value });
            }
        };

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Equal(Hello, stream.Deltas);
        Assert.Null(stream.Error);
    }

    private static async Task ReadAsync(Sidecar sidecar, ConcurrentQueue<int> cuts, ConcurrentBag<string> outcomes)
    {
        var session = await sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":10000}""");
        while (cuts.TryDequeue(out var cut))
        {
            using var stream = await sidecar.StreamAsync(session, string.Create(CultureInfo.InvariantCulture, $"cut at {cut}."));
            await stream.ToEndAsync();
            outcomes.Add((stream.EndedCleanly, (string?)stream.Error?["reason"]) switch
            {
                (true, null) when stream.Deltas == Hello => "answered",
                (true, "upstream_stream_broken") when Hello.StartsWith(stream.Deltas, StringComparison.Ordinal) => "broken",
                _ => $"cut at {cut}: {stream.Raw}",
            });
        }
    }

    /// <summary>The whole reply with one chunk for each event.</summary>
    private static byte[] Reply()
    {
        using var reply = new MemoryStream();
        reply.Write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        foreach (var bytes in Recording.Events("resp-text").Select(Encoding.UTF8.GetBytes))
        {
            reply.Write(Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"));
            reply.Write(bytes);
            reply.Write("\r\n"u8);
        }

        reply.Write("0\r\n\r\n"u8);
        return reply.ToArray();
    }

    [GeneratedRegex(@"cut at (\d+)\.")]
    private static partial Regex Cut();
}
