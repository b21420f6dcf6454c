using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// Forwards widget actions and feedback to the extension host: <c>actions/invoke</c> and <c>feedback/submit</c>.
/// </summary>
internal sealed class HostActions(IExtensionHost host, TimeProvider clock, ILogger<HostActions> logger)
{
    private static readonly Problem Unavailable = new(501, "actions_unavailable", "the extension does not handle actions");

    /// <summary>The widget that an action comes from, or null when it comes from the page itself.</summary>
    /// <exception cref="TurnException">The item does not exist or is no widget.</exception>
    public static WidgetItem? FindSender(StoredThread thread, ChatKitRequest.CustomAction request)
    {
        if (request.ItemId is not { } id)
        {
            return null;
        }

        if (!thread.TryGet(id, out var item))
        {
            throw TurnException.Custom("item_not_found", "what you clicked is no longer there");
        }

        return item as WidgetItem
            ?? throw new TurnException(new ErrorEvent { Code = ErrorEvent.StreamError, AllowRetry = false, Reason = "not_a_widget" });
    }

    public async Task StreamAsync(
        TurnContext context, ChatKitRequest.CustomAction request, WidgetItem? sender, CancellationToken cancellationToken)
    {
        var pipeline = context.Pipeline;
        var call = host.Capabilities.Actions
            ? host.CallAsync("actions/invoke", Params(context.Pipeline.Thread, request, sender), timeout: null, cancellationToken)
            : throw Failed("actions_unavailable", "the extension does not handle actions");
        switch (await pipeline.Stream.WaitAsync(new ValueTask<HostReply>(call), cancellationToken))
        {
            case HostReply.Result result:
                var (events, updated) = Read(result.Value, request);
                foreach (var threadEvent in HostEvents.InOrder(events))
                {
                    HostEvents.Apply(threadEvent, pipeline);
                }

                if (updated is not null)
                {
                    pipeline.Emit(new ItemReplacedEvent(updated));
                }

                break;
            case HostReply.TimedOut:
                throw Failed("bridge_timeout", "the extension did not answer in time");
            default:
                throw Failed("bridge_error", "the extension failed to handle the action");
        }
    }

    /// <summary>For <c>threads.sync_custom_action</c>. The updated item replaces the stored one.</summary>
    /// <exception cref="ProblemException">The action is unavailable or failed.</exception>
    public async Task<ThreadItem?> InvokeAsync(
        StoredThread thread, ChatKitRequest.CustomAction request, CancellationToken cancellationToken)
    {
        WidgetItem? sender = null;
        if (request.ItemId is { } id)
        {
            sender = thread.TryGet(id, out var item)
                ? item as WidgetItem ?? throw new ProblemException(new Problem(400, "not_a_widget", "the item is not a widget", "params.item_id"))
                : throw new ProblemException(new Problem(404, "item_not_found", "there is no such item", "params.item_id"));
        }

        if (!host.Capabilities.Actions)
        {
            throw new ProblemException(Unavailable);
        }

        var reply = await host.CallAsync("actions/invoke", Params(thread, request, sender), timeout: null, cancellationToken);
        try
        {
            if (reply is HostReply.Result result)
            {
                var (events, updated) = Read(result.Value, request);
                StoreOnly(thread, events);
                if (updated is not null && thread.TryGet(updated.Id, out var shown))
                {
                    updated = updated with { CreatedAt = shown.CreatedAt };
                    thread.Upsert(updated);
                }

                return updated;
            }
        }
        catch (TurnException)
        {
            throw new ProblemException(new Problem(502, "bridge_error", "the extension's answer to the action cannot be used"));
        }

        throw new ProblemException(reply is HostReply.TimedOut
            ? new Problem(504, "bridge_timeout", "the extension did not answer in time")
            : new Problem(502, "bridge_error", "the extension failed to handle the action"));
    }

    /// <summary>Sends feedback to the host if it declared the capability.</summary>
    public async Task SubmitFeedbackAsync(ChatKitRequest.Feedback feedback, CancellationToken cancellationToken)
    {
        if (!host.Capabilities.Feedback)
        {
            return;
        }

        await host.NotifyAsync("feedback/submit", JsonBytes.Write(json =>
        {
            json.WriteString("threadId"u8, feedback.ThreadId);
            json.WriteStartArray("itemIds"u8);
            foreach (var id in feedback.ItemIds)
            {
                json.WriteStringValue(id);
            }

            json.WriteEndArray();
            json.WriteString("kind"u8, feedback.Kind);
        }), cancellationToken);
    }

    private static void StoreOnly(StoredThread thread, IReadOnlyList<ThreadEvent> events)
    {
        foreach (var threadEvent in events)
        {
            switch (threadEvent)
            {
                case ItemDoneEvent { Item: var item }:
                    thread.Upsert(item);
                    break;
                case ItemReplacedEvent { Item: var item }:
                    thread.Upsert(item);
                    break;
                case ItemRemovedEvent { ItemId: var id }:
                    thread.Remove(id);
                    break;
                case ItemUpdatedEvent update:
                    thread.UpdateWidget(update);
                    break;
                case ThreadUpdatedEvent update:
                    HostEvents.ApplyTo(thread, update);
                    break;
            }
        }
    }

    private (IReadOnlyList<ThreadEvent> Events, ThreadItem? Updated) Read(JsonElement result, ChatKitRequest.CustomAction request)
    {
        if (result.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return ([], null);
        }

        try
        {
            var events = result.TryGetProperty("events"u8, out var given) && given.ValueKind != JsonValueKind.Null
                ? HostEvents.ReadStrict(given, request.ThreadId, clock)
                : [];
            var updated = result.TryGetProperty("updatedItem"u8, out var item) && item.ValueKind != JsonValueKind.Null
                ? HostEvents.ReadItem(item, request.ThreadId, request.ItemId, clock)
                : null;
            return (events, updated);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            logger.HostAnswerRefused("actions/invoke", "not thread events");
            throw Failed("bridge_error", "the extension's answer to the action cannot be used");
        }
    }

    private static byte[] Params(StoredThread thread, ChatKitRequest.CustomAction request, WidgetItem? sender) => JsonBytes.Write(json =>
    {
        json.WriteString("threadId"u8, request.ThreadId);
        if (sender is not null)
        {
            json.WriteString("itemId"u8, sender.Id);
            json.WritePropertyName("widget"u8);
            sender.Widget.WriteTo(json);
        }

        json.WriteStartObject("action"u8);
        json.WriteString("type"u8, request.Type);
        if (request.Payload is { } payload)
        {
            json.WritePropertyName("payload"u8);
            payload.WriteTo(json);
        }

        json.WriteEndObject();
        json.WriteBoolean("sync"u8, request.Sync);

        // The thread's metadata belongs to the host and is sent only to it.
        if (thread.Head.Metadata is { ValueKind: JsonValueKind.Object } metadata && metadata.GetPropertyCount() > 0)
        {
            json.WritePropertyName("threadMetadata"u8);
            metadata.WriteTo(json);
        }
    });

    private static TurnException Failed(string reason, string message) =>
        new(new ErrorEvent { Code = ErrorEvent.StreamError, Message = message, AllowRetry = true, Reason = reason });
}
