using System.Collections.Concurrent;
using System.Text.Json;

namespace AotSidecar.Bridge;

/// <summary>The peer's requests that are being answered: each runs beside the read loop, can be cancelled by its id, and ends in one reply.</summary>
internal sealed class RunningHandlers(
    HostMethodTable methods, Func<byte[], CancellationToken, Task<bool>> write, ILogger logger, CancellationToken closed)
{
    /// <summary>More than a host that works ever has open; bounds what one that does not can pile up.</summary>
    private const int MaxRunning = 1024;

    private readonly ConcurrentDictionary<string, RunningHandler> _running = new(StringComparer.Ordinal);
    private long _notifications;

    /// <param name="id">As it was written; null for a notification, which gets no answer whatever it is.</param>
    public void Handle(string name, string? id, JsonElement parameters)
    {
        if (id is null && name == "$/cancelRequest")
        {
            Cancel(parameters);
        }
        else if (methods.Find(name) is not { } method)
        {
            Refuse(id, JsonRpcMessages.MethodNotFound, "the sidecar has no such method", null);
        }
        else if (_running.Count >= MaxRunning)
        {
            logger.HandlersBusy(name);
            Refuse(id, HostMethodException.Refused, "too many requests at once", "busy");
        }
        else
        {
            _ = RunAsync(method, id, parameters);
        }
    }

    private void Refuse(string? id, int code, string message, string? reason)
    {
        if (id is not null)
        {
            _ = write(JsonRpcMessages.Error(id, code, message, reason), closed);
        }
    }

    private async Task RunAsync(IHostMethod method, string? id, JsonElement parameters)
    {
        var key = id ?? $"notification {Interlocked.Increment(ref _notifications)}";
        using var handler = new RunningHandler(closed);
        _running[key] = handler;
        try
        {
            var reply = await InvokeAsync(method, id ?? "null", parameters, handler.Cancelled);
            if (id is not null)
            {
                await write(reply, closed);
            }
        }
        finally
        {
            _running.TryRemove(new(key, handler));
            handler.Done.SetResult();
        }
    }

    private async Task<byte[]> InvokeAsync(IHostMethod method, string id, JsonElement parameters, CancellationToken cancellationToken)
    {
        try
        {
            return JsonRpcMessages.Result(id, await method.InvokeAsync(HostParams.Object(parameters), cancellationToken));
        }
        catch (HostMethodException e)
        {
            return JsonRpcMessages.Error(id, e.Code, e.Message, e.Reason);
        }
        catch (OperationCanceledException)
        {
            return JsonRpcMessages.Error(id, JsonRpcMessages.RequestCancelled, "cancelled", null);
        }
#pragma warning disable CA1031 // the read loop's outermost edge: our own bug becomes one error object, and its stack goes to the log
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.HandlerFailed(e, method.Name);
            return JsonRpcMessages.Error(id, JsonRpcMessages.InternalError, "internal error", "internal_error");
        }
    }

    /// <summary>Waits until the replies that are due have been written, but not longer than the limit.</summary>
    public async Task SettleAsync(TimeSpan limit, TimeProvider clock)
    {
        try
        {
            await Task.WhenAll(_running.Values.Select(static handler => handler.Done.Task)).WaitAsync(limit, clock);
        }
        catch (TimeoutException)
        {
            // Whoever did not read its replies in that time does not get them.
        }
    }

    private void Cancel(JsonElement parameters)
    {
        var members = HostParams.Object(parameters);
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

        /// <summary>The reply has been written, or cannot be.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Cancel()
        {
            try
            {
                _cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just finished.
            }
        }

        public void Dispose() => _cancellation.Dispose();
    }
}
