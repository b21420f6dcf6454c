using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Unicode;
using AotSidecar.Json;

namespace AotSidecar.Bridge;

/// <summary>
/// One JSON-RPC 2.0 connection over a stream; both sides may call. A single loop reads; whatever a message starts runs
/// beside it, so neither a slow handler nor a slow caller holds up the next message. Every wait is bounded: a frame has
/// 5 s to arrive, a call its timeout, and there are limits on frames, on calls outstanding and on handlers running.
///
/// Ids of our requests only ever grow, and a reply takes its entry out of the table, so a late or a second reply finds
/// nothing and cannot be taken for the answer to another call: it is counted and dropped.
///
/// When the connection ends, for whatever reason, every call outstanding is answered with that reason.
/// </summary>
internal sealed class JsonRpcConnection : IAsyncDisposable
{
    private const int MaxOutstandingCalls = 1024;

    /// <summary>Deeper than any tool result worth showing.</summary>
    private const int MaxDepth = 64;

    /// <summary>A reply takes a millisecond; more is waited for a loaded machine, and not for a peer that does not read.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private readonly ConcurrentDictionary<long, TaskCompletionSource<HostReply>> _calls = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Stream _stream;
    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private readonly RunningHandlers _handlers;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private long _lastId;
    private long _droppedReplies;
    private volatile HostReply _endReply = new HostReply.Unavailable();

    public JsonRpcConnection(Stream stream, HostMethodTable methods, TimeProvider clock, ILogger logger)
    {
        (_stream, _reader, _clock, _logger) = (stream, new MessageReader(stream, clock), clock, logger);
        _writer = new MessageWriter(stream, () => _reader.Abandon("the host does not read what is sent to it"));
        _handlers = new RunningHandlers(methods, _writer.TryWriteAsync, logger, _closed.Token);
    }

    /// <summary>Replies that answered no call of ours.</summary>
    public long DroppedReplies => Interlocked.Read(ref _droppedReplies);

    /// <summary>Reads until the peer closes or breaks the protocol.</summary>
    /// <returns>Null when the peer closed, else what it broke.</returns>
    public async Task<BridgeProtocolException?> RunAsync(CancellationToken cancellationToken)
    {
        BridgeProtocolException? broken = null;
        try
        {
            await _reader.ReadAllAsync(Dispatch, cancellationToken);
        }
        catch (BridgeProtocolException e)
        {
            (broken, _endReply) = (e, new HostReply.Malformed());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The pipe is closed: the same end as reading its last byte.
        }
#pragma warning disable CA1031 // the read loop's outermost edge: without it our own bug would leave a process that hears nobody
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.ReadingFailed(e);
            (broken, _endReply) = (new BridgeProtocolException("a message could not be read"), new HostReply.Malformed());
        }

        await _closed.CancelAsync();
        foreach (var id in _calls.Keys)
        {
            Complete(id, _endReply);
        }

        return broken;
    }

    /// <summary>Calls the peer. Never throws but for the caller's cancellation, which is passed on to the peer.</summary>
    public async Task<HostReply> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_calls.Count >= MaxOutstandingCalls)
        {
            return new HostReply.Unavailable();
        }

        var id = Interlocked.Increment(ref _lastId);
        var completion = new TaskCompletionSource<HostReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = completion;
        if (_closed.IsCancellationRequested)
        {
            Complete(id, _endReply);
            return await completion.Task;
        }

        // Written beside the wait: a host that does not read must not keep a call from its timeout.
        using var limit = new CancellationTokenSource(timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        _ = WriteCallAsync(id, JsonRpcMessages.Request(id, method, parameters), either.Token);
        try
        {
            return await completion.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            _calls.TryRemove(id, out _);
            _ = CancelCallAsync(id);
            if (cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            return new HostReply.TimedOut();
        }
    }

    public Task NotifyAsync(string method, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        _writer.TryWriteAsync(JsonRpcMessages.Notification(method, parameters), cancellationToken);

    /// <summary>Closes after the replies that are due: a host that asked for the end hears that it was understood.</summary>
    public async ValueTask DisposeAsync()
    {
        await _handlers.SettleAsync(SettleTime, _clock);
        await _closed.CancelAsync();
        await _stream.DisposeAsync();
        _writer.Dispose();
    }

    private async Task WriteCallAsync(long id, byte[] message, CancellationToken cancellationToken)
    {
        if (!await _writer.TryWriteAsync(message, cancellationToken) && !cancellationToken.IsCancellationRequested)
        {
            Complete(id, new HostReply.Unavailable());
        }
    }

    private async Task CancelCallAsync(long id)
    {
        using var brief = new CancellationTokenSource(MessageReader.FrameTime, _clock);
        await _writer.TryWriteAsync(JsonRpcMessages.Notification("$/cancelRequest", JsonRpcMessages.CancelParams(id)), brief.Token);
    }

    private void Dispatch(ReadOnlySequence<byte> message)
    {
        var bytes = message.ToArray();
        JsonElement root;
        try
        {
            LoneSurrogates.Replace(bytes);
            root = Utf8.IsValid(bytes) ? JsonDocument.Parse(bytes, Options).RootElement : default;
        }
        catch (JsonException)
        {
            root = default;
        }

        if (root.ValueKind == JsonValueKind.Undefined)
        {
            Refuse("a message is not JSON in UTF-8", JsonRpcMessages.ParseError, root);
        }
        else if (root.ValueKind != JsonValueKind.Object || !IsVersion2(root))
        {
            Refuse("a message is not JSON-RPC 2.0", JsonRpcMessages.InvalidRequest, root);
        }
        else if (!root.TryGetProperty("method"u8, out var method))
        {
            TakeReply(root);
        }
        else if (method.ValueKind != JsonValueKind.String || (RequestIdOf(root) is null && root.TryGetProperty("id"u8, out _)))
        {
            Refuse("a method is not a string, or its id neither a number nor a string", JsonRpcMessages.InvalidRequest, root);
        }
        else
        {
            var parameters = root.TryGetProperty("params"u8, out var sent) ? sent : default;
            _handlers.Handle(method.GetString()!, RequestIdOf(root), parameters);
        }
    }

    /// <summary>
    /// The frame was whole, so the connection can go on; but unless it is a call, which has the peer's ids and not ours, a
    /// call that waits may have lost its answer in it, and is told.
    /// </summary>
    private void Refuse(string what, int code, JsonElement root)
    {
        _logger.MessageRefused(what);
        var isCall = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("method"u8, out _);
        foreach (var waiting in isCall ? [] : IdOf(root) is { } one ? [one] : _calls.Keys)
        {
            Complete(waiting, new HostReply.Malformed());
        }

        var id = isCall ? RequestIdOf(root) : null;
        _ = _writer.TryWriteAsync(JsonRpcMessages.Error(id ?? "null", code, what, reason: null), _closed.Token);
    }

    private void TakeReply(JsonElement root)
    {
        var hasResult = root.TryGetProperty("result"u8, out var result);
        var hasError = root.TryGetProperty("error"u8, out var error);
        if (IdOf(root) is not { } id || !_calls.ContainsKey(id))
        {
            Interlocked.Increment(ref _droppedReplies);
            _logger.ReplyDropped();
            return;
        }

        HostReply reply = hasResult == hasError ? new HostReply.Malformed()
            : hasResult ? new HostReply.Result(result)
            : error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code"u8, out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
                ? new HostReply.Error(number)
                : new HostReply.Malformed();
        Complete(id, reply);
    }

    private void Complete(long id, HostReply reply)
    {
        if (_calls.TryRemove(id, out var completion))
        {
            completion.TrySetResult(reply);
        }
    }

    private static bool IsVersion2(JsonElement root) =>
        root.TryGetProperty("jsonrpc"u8, out var version) && version.ValueKind == JsonValueKind.String && version.ValueEquals("2.0"u8);

    private static long? IdOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id"u8, out var id)
        && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number : null;

    /// <summary>The id of a call as it was written; null when it has none that can be answered.</summary>
    private static string? RequestIdOf(JsonElement root) =>
        root.TryGetProperty("id"u8, out var id) && id.ValueKind is JsonValueKind.Number or JsonValueKind.String ? id.GetRawText() : null;
}
