using System.Collections.Concurrent;
using System.Text.Json;
using AotSidecar.ExtensionHost;

namespace AotSidecar.Bridge;

/// <summary>The peer's requests that are being answered: each runs beside the read loop, can be cancelled by its id, and ends in one reply.</summary>
internal sealed class RunningHandlers(
    HostMethodTable methods, Func<byte[], CancellationToken, Task<bool>> write, ILogger logger, CancellationToken closed)
{
    /// <summary>More than a host that works ever has open; bounds what one that does not can pile up.</summary>
    private const int MaxRunning = 1024;

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new(StringComparer.Ordinal);
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
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(closed);
        _running[key] = cancellation;
        byte[] reply;
        try
        {
            var result = await method.InvokeAsync(HostParams.Object(parameters), cancellation.Token);
            reply = JsonRpcMessages.Result(id ?? "null", result);
        }
        catch (HostMethodException e)
        {
            reply = JsonRpcMessages.Error(id ?? "null", e.Code, e.Message, e.Reason);
        }
        catch (OperationCanceledException)
        {
            reply = JsonRpcMessages.Error(id ?? "null", JsonRpcMessages.RequestCancelled, "cancelled", null);
        }
#pragma warning disable CA1031 // the read loop's outermost edge: our own bug becomes one error object, and its stack goes to the log
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.HandlerFailed(e, method.Name);
            reply = JsonRpcMessages.Error(id ?? "null", JsonRpcMessages.InternalError, "internal error", "internal_error");
        }
        finally
        {
            _running.TryRemove(key, out _);
        }

        if (id is not null)
        {
            await write(reply, closed);
        }
    }

    private void Cancel(JsonElement parameters)
    {
        var members = HostParams.Object(parameters);
        if (members.ValueKind == JsonValueKind.Object && members.TryGetProperty("id"u8, out var id)
            && _running.TryGetValue(id.GetRawText(), out var cancellation))
        {
            try
            {
                cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just finished.
            }
        }
    }
}
