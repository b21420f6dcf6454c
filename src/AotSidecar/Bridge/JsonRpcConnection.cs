using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using AotSidecar.ExtensionHost;

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

    private static readonly TimeSpan FrameTime = TimeSpan.FromSeconds(5);
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private readonly ConcurrentDictionary<long, TaskCompletionSource<HostReply>> _calls = new();
    private readonly SemaphoreSlim _writeGate = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private readonly Stream _stream;
    private readonly PipeReader _reader;
    private readonly RunningHandlers _handlers;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private long _lastId;
    private long _droppedReplies;
    private volatile HostReply _endReply = new HostReply.Unavailable();

    public JsonRpcConnection(Stream stream, HostMethodTable methods, TimeProvider clock, ILogger logger)
    {
        (_stream, _reader, _clock, _logger) = (stream, PipeReader.Create(stream), clock, logger);
        _handlers = new RunningHandlers(methods, TryWriteAsync, logger, _closed.Token);
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
            await ReadLoopAsync(cancellationToken);
        }
        catch (BridgeProtocolException e)
        {
            (broken, _endReply) = (e, new HostReply.Malformed());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The pipe is closed: the same end as reading its last byte.
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
        TryWriteAsync(JsonRpcMessages.Notification(method, parameters), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _stream.DisposeAsync();
    }

    private async Task WriteCallAsync(long id, byte[] message, CancellationToken cancellationToken)
    {
        if (!await TryWriteAsync(message, cancellationToken) && !cancellationToken.IsCancellationRequested)
        {
            Complete(id, new HostReply.Unavailable());
        }
    }

    private async Task CancelCallAsync(long id)
    {
        using var brief = new CancellationTokenSource(FrameTime, _clock);
        await TryWriteAsync(JsonRpcMessages.Notification("$/cancelRequest", JsonRpcMessages.CancelParams(id)), brief.Token);
    }

    private async Task ReadLoopAsync(CancellationToken cancellationToken)
    {
        CancellationTokenSource? deadline = null;
        try
        {
            while (true)
            {
                using var linked = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
                ReadResult result;
                try
                {
                    result = await _reader.ReadAsync(linked?.Token ?? cancellationToken);
                }
                catch (OperationCanceledException) when (deadline?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
                {
                    throw new BridgeProtocolException("a frame took longer than 5 s to arrive");
                }

                var buffer = result.Buffer;
                var progressed = false;
                while (MessageFraming.TryRead(ref buffer, out var message))
                {
                    progressed = true;
                    Dispatch(message);
                }

                // A frame that has begun has its time from its first byte on, however it trickles in.
                if (buffer.IsEmpty || progressed)
                {
                    deadline?.Dispose();
                    deadline = null;
                }

                if (!buffer.IsEmpty)
                {
                    deadline ??= new CancellationTokenSource(FrameTime, _clock);
                }

                _reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    private void Dispatch(ReadOnlySequence<byte> message)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(message.ToArray(), Options);
        }
        catch (JsonException)
        {
            RefuseMessage("a message is not JSON", JsonRpcMessages.ParseError);
            return;
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !IsVersion2(root))
        {
            RefuseMessage("a message is not JSON-RPC 2.0", JsonRpcMessages.InvalidRequest, IdOf(root));
        }
        else if (root.TryGetProperty("method"u8, out var method))
        {
            if (method.ValueKind != JsonValueKind.String)
            {
                RefuseMessage("a method is not a string", JsonRpcMessages.InvalidRequest);
                return;
            }

            var hasId = root.TryGetProperty("id"u8, out var given);
            if (hasId && given.ValueKind is not (JsonValueKind.Number or JsonValueKind.String))
            {
                RefuseMessage("a request id is neither a number nor a string", JsonRpcMessages.InvalidRequest);
                return;
            }

            var parameters = root.TryGetProperty("params"u8, out var sent) ? sent : default;
            _handlers.Handle(method.GetString()!, hasId ? given.GetRawText() : null, parameters);
        }
        else
        {
            TakeReply(root);
        }
    }

    /// <summary>The frame was whole, so the connection can go on; but a call that waits may have lost its answer in it, and is told.</summary>
    private void RefuseMessage(string what, int code, long? id = null)
    {
        _logger.MessageRefused(what);
        foreach (var waiting in id is { } one ? [one] : _calls.Keys)
        {
            Complete(waiting, new HostReply.Malformed());
        }

        _ = TryWriteAsync(JsonRpcMessages.Error("null"u8, code, what, reason: null), _closed.Token);
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

    private async Task<bool> TryWriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        if (message.Length > MessageFraming.MaxFrame)
        {
            return false;
        }

        try
        {
            await _writeGate.WaitAsync(cancellationToken);
            try
            {
                await _stream.WriteAsync(MessageFraming.Header(message.Length), CancellationToken.None);
                await _stream.WriteAsync(message, CancellationToken.None);
                await _stream.FlushAsync(CancellationToken.None);
                return true;
            }
            finally
            {
                _writeGate.Release();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsVersion2(JsonElement root) =>
        root.TryGetProperty("jsonrpc"u8, out var version) && version.ValueKind == JsonValueKind.String && version.ValueEquals("2.0"u8);

    private static long? IdOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id"u8, out var id)
        && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number : null;
}
