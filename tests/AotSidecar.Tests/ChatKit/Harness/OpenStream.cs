using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>A stream that is read event by event, and can be left in the middle.</summary>
internal sealed class OpenStream(HttpResponseMessage reply, Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));

    public int Comments { get; private set; }

    public async Task<JsonNode?> NextAsync()
    {
        while (await _reader.ReadLineAsync().Soon() is { } line)
        {
            Assert.Equal("", await _reader.ReadLineAsync().Soon());
            if (!line.StartsWith(':'))
            {
                return StrictEvents.ParseFrame(line);
            }

            Comments++;
        }

        return null;
    }

    public async Task<JsonNode> UntilAsync(Func<JsonNode, bool> condition)
    {
        while (await NextAsync() is { } one)
        {
            if (condition(one))
            {
                return one;
            }
        }

        throw new InvalidOperationException("the stream ended without the awaited event");
    }

    public Task<JsonNode> UntilDeltaAsync(string delta) => UntilAsync(one => (string?)one["update"]?["delta"] == delta);

    public async Task<List<JsonNode>> ToEndAsync()
    {
        var events = new List<JsonNode>();
        while (await NextAsync() is { } one)
        {
            events.Add(one);
        }

        return events;
    }

    /// <summary>One comment, without an event before it.</summary>
    public async Task<string> LineAsync() => await _reader.ReadLineAsync().Soon() ?? "";

    public void Dispose()
    {
        _reader.Dispose();
        reply.Dispose();
    }
}
