using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace AotSidecar.NativeTests.Storage;

/// <summary>The process is killed while it works; what it had said it has done is done, once.</summary>
public sealed class KillTests
{
    private const int Kills = 50;
    private const int Writers = 4;

    /// <summary>By thread: the items whose end was told, as they were told, by id.</summary>
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string>> _items = new();
    private readonly ConcurrentDictionary<string, bool> _deleted = new();
    private int _messages;

    [Fact]
    public async Task Process_KilledFiftyTimesUnderLoad_HasEverythingItAcknowledgedOnce()
    {
        using var data = new DataSidecar();
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var sidecar = await data.StartAsync();
            using var killed = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Writers).Select(_ => WriteAsync(sidecar, killed.Token)).ToList();
            await Deadline.Passes(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(300)));
            await killed.CancelAsync();
            sidecar.Process.Kill();
            await sidecar.Process.ExitCodeAsync();
            await Task.WhenAll(writers).Within("the end of the writers");
        }

        await using var last = await data.StartAsync();
        var session = await last.MintAsync(members: DataSidecar.Unlimited);
        var listed = await DataSidecar.ListAsync(last, session);

        Assert.True(_items.Count > Kills, $"only {_items.Count} threads were acknowledged");
        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Empty(_deleted.Keys.Intersect(listed));
        foreach (var (thread, acknowledged) in _items.Where(entry => !_deleted.ContainsKey(entry.Key)))
        {
            Assert.Contains(thread, listed);
            var found = await DataSidecar.ListWholeAsync(last, session, thread);
            Assert.Equal(found.Count, found.Select(static item => (string)item["id"]!).Distinct().Count());
            var byId = found.ToDictionary(static item => (string)item["id"]!, static item => item.ToJsonString());
            Assert.All(acknowledged, item => Assert.Equal(item.Value, byId.GetValueOrDefault(item.Key)));

            // what a person wrote is there once, also under another id
            var said = found.Where(static item => (string?)item["type"] == "user_message").Select(static item => (string)item["content"]![0]!["text"]!).ToList();
            Assert.Equal(said.Distinct(), said);
        }

        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(data.Path, "set-aside")), static file => !file.Contains(".tail", StringComparison.Ordinal));
    }

    /// <summary>Creates a thread, adds to it, now and then deletes it, until the sidecar is gone.</summary>
    private async Task WriteAsync(Sidecar sidecar, CancellationToken killed)
    {
        try
        {
            var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
            for (var round = 0; ; round++)
            {
                var thread = await StreamAsync(sidecar, session, null);
                await StreamAsync(sidecar, session, thread);
                if (round % 3 == 2)
                {
                    // from the request on, only its reply says whether the thread is to be there
                    _items.Remove(thread, out _);
                    await DataSidecar.AskAsync(sidecar, session, $$$"""{"type":"threads.delete","params":{"thread_id":"{{{thread}}}"}}""");
                    _deleted[thread] = true;
                }
            }
        }
        catch (Exception) when (killed.IsCancellationRequested)
        {
            // cut off in the middle of something, as meant
        }
    }

    private async Task<string> StreamAsync(Sidecar sidecar, Session session, string? thread)
    {
        var text = $"message {Interlocked.Increment(ref _messages)}";
        using var stream = await sidecar.StreamAsync(session, text, thread);
        while (await stream.NextAsync() is { } item)
        {
            switch ((string?)item["type"])
            {
                case "thread.created":
                    thread = (string)item["thread"]!["id"]!;
                    _items[thread] = new ConcurrentDictionary<string, string>();
                    break;
                case "thread.item.done":
                    _items[thread!][(string)item["item"]!["id"]!] = item["item"]!.ToJsonString();
                    break;
                case "error":
                    throw new InvalidOperationException(item.ToJsonString());
            }
        }

        return stream.EndedCleanly ? thread! : throw new IOException("the sidecar is gone");
    }
}
