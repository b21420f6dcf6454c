using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// Reads a reply of <c>/chatkit</c> more strictly than any front end does: <c>data: {json}</c>, LF, an empty line, comments
/// and nothing else; every event an object with a type and without a null member in a model field.
/// </summary>
internal sealed class ChatStream(RawConnection connection, List<KeyValuePair<string, string>> headers) : IDisposable
{
    // free-form values keep their nulls; everything else leaves a member out
    private static readonly string[] FreeForm = ["arguments", "output", "data", "payload", "result"];

    private readonly RawBody _body = new(connection, headers);
    private readonly List<byte> _pending = [];

    public List<JsonNode> Events { get; } = [];

    /// <summary>Everything received so far, for a search of things that must not be there.</summary>
    public StringBuilder Raw { get; } = new();

    public bool EndedCleanly => _body.Complete && _pending.Count == 0;

    public IEnumerable<string> Types => Events.Select(item => (string)item["type"]!);

    public string ThreadId =>
        (string)Events.First(item => (string?)item["type"] == "thread.created")["thread"]!["id"]!;

    public string Deltas => string.Concat(Events.Select(item => (string?)item["update"]?["delta"]));

    public int Comments { get; private set; }

    public JsonNode? Error => Events.SingleOrDefault(item => (string?)item["type"] == "error");

    /// <summary>The next event, or null at the end of the body.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        while (true)
        {
            if (await FrameAsync() is not { } frame)
            {
                Assert.True(_pending.Count == 0, $"the stream ends inside an event: {Encoding.UTF8.GetString([.. _pending])}");
                return null;
            }

            if (frame.StartsWith(':'))
            {
                AssertComment(frame);
                continue;
            }

            Assert.StartsWith("data: {", frame, StringComparison.Ordinal);
            Assert.DoesNotContain("\n", frame, StringComparison.Ordinal);
            Assert.DoesNotContain("\r", frame, StringComparison.Ordinal);
            var item = JsonNode.Parse(frame["data: ".Length..])!;
            Assert.NotNull((string?)item["type"]);
            AssertNoNulls(item, frame);
            Events.Add(item);
            return item;
        }
    }

    /// <summary>Waits for a comment, which must come before anything else.</summary>
    public async Task CommentAsync() => AssertComment(await FrameAsync() ?? throw new InvalidOperationException("the stream has ended"));

    public async Task<JsonNode> UntilAsync(Func<JsonNode, bool> condition)
    {
        while (await NextAsync() is { } item)
        {
            if (condition(item))
            {
                return item;
            }
        }

        throw new InvalidOperationException($"the stream ended without the awaited event:\n{Raw}");
    }

    public Task<JsonNode> UntilDeltaAsync() => UntilAsync(item => item["update"]?["delta"] is not null);

    public async Task<ChatStream> ToEndAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        return this;
    }

    /// <summary>Drops the connection as a page does that is closed.</summary>
    public void Dispose() => connection.Dispose();

    private async Task<string?> FrameAsync()
    {
        while (true)
        {
            for (var index = 1; index < _pending.Count; index++)
            {
                if (_pending[index] == '\n' && _pending[index - 1] == '\n')
                {
                    var frame = Encoding.UTF8.GetString([.. _pending[..(index - 1)]]);
                    _pending.RemoveRange(0, index + 1);
                    return frame;
                }
            }

            if (await _body.ReadAsync() is not { Length: > 0 } bytes)
            {
                return null;
            }

            _pending.AddRange(bytes);
            Raw.Append(Encoding.UTF8.GetString(bytes));
        }
    }

    private void AssertComment(string frame)
    {
        Assert.StartsWith(":", frame, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", frame, StringComparison.Ordinal);
        Comments++;
    }

    private static void AssertNoNulls(JsonNode? node, string frame)
    {
        switch (node)
        {
            case null:
                Assert.Fail($"a null in {frame}");
                break;
            case JsonObject members:
                foreach (var (_, value) in members.Where(member => !FreeForm.Contains(member.Key)))
                {
                    AssertNoNulls(value, frame);
                }

                break;
            case JsonArray elements:
                foreach (var value in elements)
                {
                    AssertNoNulls(value, frame);
                }

                break;
        }
    }
}
