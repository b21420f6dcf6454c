using System.Collections.Concurrent;
using System.Text.Json;
using AotSidecar.Json;

namespace AotSidecar.Bridge;

/// <summary>
/// The peer's requests in progress. Each runs beside the read loop, can be cancelled by its id, and gets one reply.
/// </summary>
internal sealed class RunningHandlers(
    HostMethodTable methods, Func<byte[], CancellationToken, Task<bool>> write, ILogger logger, CancellationToken closed)
{
    /// <summary>Far more than a working host has open; a bound on a faulty one.</summary>
    private const int MaxRunning = 1024;

    private readonly ConcurrentDictionary<string, RunningHandler> _running = new(StringComparer.Ordinal);
    private long _notifications;

    /// <param name="id">Null for a notification, which is never answered.</param>
    public void Handle(string name, JsonElement? id, JsonElement parameters)
    {
        if (id is null && name == "$/cancelRequest")
        {
            Cancel(parameters);
        }
        else if (methods.Find(name) is not { } method)
        {
            _ = FailAsync(id, new JsonRpcError(JsonRpcCodes.MethodNotFound, "the sidecar has no such method"));
        }
        else if (_running.Count >= MaxRunning)
        {
            logger.HandlersBusy(name);
            _ = FailAsync(id, Error(HostMethodException.Refused, "too many requests at once", "busy"));
        }
        else
        {
            _ = RunAsync(method, id, parameters);
        }
    }

    private async Task RunAsync(IHostMethod method, JsonElement? id, JsonElement parameters)
    {
        var key = id?.GetRawText() ?? $"notification {Interlocked.Increment(ref _notifications)}";
        using var handler = new RunningHandler(closed);
        _running[key] = handler;
        try
        {
            await AnswerAsync(method, id, parameters, handler.Cancelled);
        }
        finally
        {
            _running.TryRemove(new(key, handler));
            handler.Done.SetResult();
        }
    }

    private async Task AnswerAsync(IHostMethod method, JsonElement? id, JsonElement parameters, CancellationToken cancellationToken)
    {
        try
        {
            var result = await method.InvokeAsync(HostParams.Unwrap(parameters), cancellationToken);
            if (id is { } answered)
            {
                var reply = new JsonRpcResult(answered, result is null ? RawJson.Null : new RawJson(result));
                await write(JsonSerializer.SerializeToUtf8Bytes(reply, BridgeJson.Default.JsonRpcResult), closed);
            }
        }
        catch (HostMethodException e)
        {
            await FailAsync(id, Error(e.Code, e.Message, e.Reason));
        }
        catch (OperationCanceledException)
        {
            await FailAsync(id, new JsonRpcError(JsonRpcCodes.RequestCancelled, "cancelled"));
        }
#pragma warning disable CA1031 // the outermost edge of a handler: a bug of ours becomes an error object, and its stack goes to the log
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.HandlerFailed(e, method.Name);
            await FailAsync(id, Error(JsonRpcCodes.InternalError, "internal error", "internal_error"));
        }
    }

    private async Task FailAsync(JsonElement? id, JsonRpcError error)
    {
        if (id is not null)
        {
            await write(JsonSerializer.SerializeToUtf8Bytes(new JsonRpcFailure(id, error), BridgeJson.Default.JsonRpcFailure), closed);
        }
    }

    private static JsonRpcError Error(int code, string message, string? reason) =>
        new(code, message, reason is null ? null : new JsonRpcErrorData(reason));

    /// <summary>Waits, up to the limit, until pending replies have been written.</summary>
    public async Task SettleAsync(TimeSpan limit, TimeProvider clock)
    {
        try
        {
            await Task.WhenAll(_running.Values.Select(static handler => handler.Done.Task)).WaitAsync(limit, clock);
        }
        catch (TimeoutException)
        {
            // A peer that has not read its replies by then goes without.
        }
    }

    private void Cancel(JsonElement parameters)
    {
        var members = HostParams.Unwrap(parameters);
        if (members.ValueKind == JsonValueKind.Object && members.TryGetProperty("id"u8, out var id)
            && _running.TryGetValue(id.GetRawText(), out var handler))
        {
            handler.Cancel();
        }
    }

    private sealed class RunningHandler(CancellationToken closed) : IDisposable
    {
        private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(closed);

        public CancellationToken Cancelled => _cancellation.Token;

        /// <summary>Completes when the reply has been written or has failed.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Cancel()
        {
            try
            {
                _cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The handler has just finished.
            }
        }

        public void Dispose() => _cancellation.Dispose();
    }
}
