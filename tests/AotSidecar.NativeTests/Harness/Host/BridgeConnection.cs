using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// The host's end of one bridge connection. Reading is strict, because it tests what the sidecar sends; writing takes any
/// bytes, because a host may be broken in any way.
/// </summary>
internal sealed class BridgeConnection(Stream stream) : IDisposable
{
    private const int MaxHeader = 1024;

    private readonly BufferedStream _reader = new(stream);
    private readonly List<JsonObject> _received = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _calls = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _nextId;

    /// <summary>What the sidecar has sent of its own accord: requests, notifications, stray replies.</summary>
    public IReadOnlyList<JsonObject> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Completes when the sidecar has closed its end.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static byte[] Frame(string json) =>
        Encoding.UTF8.GetBytes($"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public static string ResultJson(JsonNode id, string result) =>
        $$"""{"jsonrpc":"2.0","id":{{id.ToJsonString()}},"result":{{result}}}""";

    public static string ErrorJson(JsonNode id, int code, string message = "refused by the test") =>
        $$$"""
        {"jsonrpc":"2.0","id":{{{id.ToJsonString()}}},
         "error":{"code":{{{code}}},"message":{{{JsonValue.Create(message).ToJsonString()}}}}}
        """;

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, Deadline.Token());

    public Task SendAsync(string json) => WriteAsync(Frame(json));

    public Task ReplyAsync(JsonNode id, string result) => SendAsync(ResultJson(id, result));

    public Task FailAsync(JsonNode id, int code, string message = "refused by the test") =>
        SendAsync(ErrorJson(id, code, message));

    public Task NotifyAsync(string method, string parameters) =>
        SendAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}}}""");

    /// <summary>Calls the sidecar and answers its whole reply, result or error.</summary>
    public async Task<JsonObject> CallAsync(string method, string parameters)
    {
        var id = $"test-{Interlocked.Increment(ref _nextId)}";
        var reply = _calls.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        await SendAsync($$"""{"jsonrpc":"2.0","id":"{{id}}","method":"{{method}}","params":{{parameters}}}""");
        await Task.WhenAny(reply.Task, Closed.Task).Within($"the reply to {method}");
        return reply.Task.IsCompleted
            ? await reply.Task
            : throw new InvalidOperationException($"the sidecar closed the bridge before it answered {method}");
    }

    /// <summary>The first message from the sidecar, past or future, that satisfies the condition.</summary>
    public async Task<JsonObject> MessageAsync(Func<JsonObject, bool> condition)
    {
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_received.FirstOrDefault(condition) is { } message)
                {
                    return message;
                }

                arrived = _arrived.Task;
            }

            if (Closed.Task.IsCompleted)
            {
                throw new InvalidOperationException("the sidecar closed the bridge before it sent the awaited message");
            }

            await Task.WhenAny(arrived, Closed.Task).Within("a message on the bridge");
        }
    }

    public async Task<JsonObject> RequestAsync(string method) =>
        await MessageAsync(message => (string?)message["method"] == method).Within($"a call of {method}");

    /// <summary>Reads until the sidecar closes, giving each message to <paramref name="onMessage"/> in turn.</summary>
    public async Task PumpAsync(Func<JsonObject, Task> onMessage)
    {
        try
        {
            while (await ReadFrameAsync() is { } message)
            {
                if (!message.ContainsKey("method") && message["id"] is JsonValue id && id.TryGetValue<string>(out var name)
                    && _calls.TryRemove(name, out var call))
                {
                    call.SetResult(message);
                    continue;
                }

                Record(message);
                _ = onMessage(message);
            }
        }
        catch (IOException)
        {
            // a reset is a close
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
        {
            // closed from this side
        }
        catch (Exception exception)
        {
            // the sidecar broke the protocol: whoever ends the connection hears of it
            Closed.TrySetException(exception);
        }

        Closed.TrySetResult();
    }

    /// <summary>Ends the connection at once, whatever is half sent.</summary>
    public void Close()
    {
        stream.Dispose();
        Closed.TrySetResult();
    }

    public void Dispose() => Close();

    private void Record(JsonObject message)
    {
        TaskCompletionSource arrived;
        lock (_gate)
        {
            _received.Add(message);
            arrived = _arrived;
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        arrived.SetResult();
    }

    private async Task<JsonObject?> ReadFrameAsync()
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (header.Length < 4 || header.ToString(header.Length - 4, 4) != "\r\n\r\n")
        {
            if (await _reader.ReadAsync(one) == 0)
            {
                return null;
            }

            header.Append((char)one[0]);
            Require(header.Length <= MaxHeader, "a header block over 1 KiB");
        }

        var length = header.ToString().Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        var body = new byte[int.Parse(length["Content-Length: ".Length..], CultureInfo.InvariantCulture)];
        await _reader.ReadExactlyAsync(body);
        var message = (JsonObject)JsonNode.Parse(body)!;
        Require((string?)message["jsonrpc"] == "2.0", "a message of another protocol");
        return message;
    }

    private static void Require(bool kept, string what)
    {
        if (!kept)
        {
            throw new InvalidDataException($"the sidecar sent {what}");
        }
    }
}
