using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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

    /// <summary>
    /// Writing a reply takes about a millisecond. This allows for a loaded machine, but not for a peer that has stopped
    /// reading.
    /// </summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

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

    /// <summary>Number of replies to unknown, answered or timed-out calls; they are dropped.</summary>
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
            // The pipe was closed: treated like end of stream.
        }
#pragma warning disable CA1031 // the read loop's outermost edge: without this a bug of ours would leave a process that reads nothing any more
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

    /// <summary>Calls the peer. Throws only on the caller's cancellation, which is also sent to the peer.</summary>
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

        // Not awaited: a host that has stopped reading must not hold up the call's timeout.
        using var limit = new CancellationTokenSource(timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        _ = WriteCallAsync(new JsonRpcRequest(id, method, new RawJson(parameters)), either.Token);
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
        WriteAsync(new JsonRpcNotification(method, new RawJson(parameters)), BridgeJson.Default.JsonRpcNotification, cancellationToken);

    /// <summary>
    /// Writes the replies that are due, then closes: a host that sent <c>shutdown</c> gets its answer.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _handlers.SettleAsync(SettleTime, _clock);
        await _closed.CancelAsync();
        await _stream.DisposeAsync();
        _writer.Dispose();
    }

    private async Task WriteCallAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        if (!await WriteAsync(request, BridgeJson.Default.JsonRpcRequest, cancellationToken) && !cancellationToken.IsCancellationRequested)
        {
            Complete(request.Id, new HostReply.Unavailable());
        }
    }

    private async Task CancelCallAsync(long id)
    {
        using var brief = new CancellationTokenSource(MessageReader.FrameTime, _clock);
        var parameters = JsonSerializer.SerializeToUtf8Bytes(new CancelParams(id), BridgeJson.Default.CancelParams);
        await NotifyAsync("$/cancelRequest", parameters, brief.Token);
    }

    private void Dispatch(ReadOnlySequence<byte> frame)
    {
        var bytes = frame.ToArray();
        LoneSurrogates.Replace(bytes);
        JsonRpcMessage? message = null;
        var fault = JsonFault.Malformed;
        if (!Utf8.IsValid(bytes) || !JsonInput.TryRead(bytes, BridgeJson.Default.JsonRpcMessage, out message, out fault))
        {
            var notJson = fault.Kind == JsonFaultKind.Malformed;
            Refuse("a message is not a JSON object in UTF-8", notJson ? JsonRpcCodes.ParseError : JsonRpcCodes.InvalidRequest, message);
        }
        else if (!message.IsVersion2)
        {
            Refuse("a message is not JSON-RPC 2.0", JsonRpcCodes.InvalidRequest, message);
        }
        else if (!message.IsCall)
        {
            TakeReply(message);
        }
        else if (message.Method.ValueKind == JsonValueKind.String && (message.IsNotification || message.RequestId is not null))
        {
            _handlers.Handle(message.Method.GetString()!, message.RequestId, message.Params);
        }
        else
        {
            Refuse("a method is not a string, or its id neither a number nor a string", JsonRpcCodes.InvalidRequest, message);
        }
    }

    /// <summary>
    /// The frame was whole, so the connection goes on. Unless it was a call, which bears the peer's id and not ours, it
    /// may have been the answer to one of our calls: that call fails, or every call when the id cannot be read.
    /// </summary>
    private void Refuse(string what, int code, JsonRpcMessage? message)
    {
        _logger.MessageRefused(what);
        if (message is not { IsCall: true })
        {
            foreach (var waiting in message?.ReplyId is { } id ? [id] : _calls.Keys)
            {
                Complete(waiting, new HostReply.Malformed());
            }
        }

        var failure = new JsonRpcFailure(message?.RequestId, new JsonRpcError(code, what));
        _ = WriteAsync(failure, BridgeJson.Default.JsonRpcFailure, _closed.Token);
    }

    private void TakeReply(JsonRpcMessage message)
    {
        if (message.ReplyId is not { } id || !_calls.ContainsKey(id))
        {
            Interlocked.Increment(ref _droppedReplies);
            _logger.ReplyDropped();
            return;
        }

        var (hasResult, hasError) = (message.Result.ValueKind != JsonValueKind.Undefined, message.Error.ValueKind != JsonValueKind.Undefined);
        Complete(id, hasResult == hasError ? new HostReply.Malformed()
            : hasResult ? new HostReply.Result(message.Result)
            : JsonInput.TryRead(message.Error, BridgeJson.Default.JsonRpcReceivedError, out var error, out _) ? new HostReply.Error(error.Code)
            : new HostReply.Malformed());
    }

    private Task<bool> WriteAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        _writer.TryWriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, type), cancellationToken);

    private void Complete(long id, HostReply reply)
    {
        if (_calls.TryRemove(id, out var completion))
        {
            completion.TrySetResult(reply);
        }
    }
}
