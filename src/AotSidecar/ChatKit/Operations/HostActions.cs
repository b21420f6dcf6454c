using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.ChatKit.Widgets;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// Forwards widget actions and feedback to the extension host: <c>actions/invoke</c> and <c>feedback/submit</c>.
/// </summary>
internal sealed class HostActions(IExtensionHost host, TimeProvider clock, ILogger<HostActions> logger)
{
    /// <summary>Characters of an action's payload that the model reads.</summary>
    private const int MaxPayload = 16 * 1024;

    /// <summary>The widget that an action comes from, or null when it comes from the page itself.</summary>
    /// <exception cref="FailureException">The item does not exist or is no widget.</exception>
    public static WidgetItem? FindSender(StoredThread thread, ChatKitRequest.CustomAction request)
    {
        if (request.ItemId is not { } id)
        {
            return null;
        }

        if (thread.LiveWidgets.TryGetValue(id, out var live))
        {
            return live;
        }

        return thread.TryGet(id, out var item)
            ? item as WidgetItem ?? throw new FailureException(Failure.NotAWidget)
            : throw new FailureException(Failure.ItemNotFound);
    }

    /// <returns>Whether the host wants the model to go on.</returns>
    public async Task<bool> StreamAsync(
        TurnContext context, ChatKitRequest.CustomAction request, WidgetItem? sender, CancellationToken cancellationToken)
    {
        var pipeline = context.Pipeline;
        var call = host.Capabilities.Actions
            ? host.CallAsync("actions/invoke", Params(context.Pipeline.Thread, request, sender), timeout: null, cancellationToken)
            : throw new FailureException(Failure.ActionsUnavailable);
        switch (await pipeline.Stream.WaitAsync(new ValueTask<HostReply>(call), cancellationToken))
        {
            case HostReply.Result result:
                var (events, updated, respond) = Read(result.Value, request);
                foreach (var threadEvent in HostEvents.InOrder(events))
                {
                    HostEvents.Apply(threadEvent, pipeline);
                }

                if (updated is not null)
                {
                    pipeline.Emit(new ItemReplacedEvent(updated));
                }

                return respond && !events.Any(HostEvents.Asks);
            case HostReply.TimedOut:
                throw new FailureException(Failure.BridgeTimeout);
            default:
                throw new FailureException(Failure.BridgeError);
        }
    }

    /// <summary>For <c>threads.sync_custom_action</c>. The updated item replaces the stored one.</summary>
    /// <exception cref="FailureException">The action is unavailable or failed.</exception>
    public async Task<ThreadItem?> InvokeAsync(
        StoredThread thread, ChatKitRequest.CustomAction request, CancellationToken cancellationToken)
    {
        var sender = FindSender(thread, request);
        if (!host.Capabilities.Actions)
        {
            throw new FailureException(Failure.ActionsUnavailable);
        }

        var reply = await host.CallAsync("actions/invoke", Params(thread, request, sender), timeout: null, cancellationToken);
        if (reply is not HostReply.Result result)
        {
            throw new FailureException(reply is HostReply.TimedOut ? Failure.BridgeTimeout : Failure.BridgeError);
        }

        var (events, updated, _) = Read(result.Value, request);
        StoreOnly(thread, events);
        if (updated is not null && thread.TryGet(updated.Id, out var shown))
        {
            updated = updated with { CreatedAt = shown.CreatedAt };
            thread.Upsert(updated);
        }

        return updated;
    }

    /// <summary>Sends feedback to the host if it declared the capability.</summary>
    public async Task SubmitFeedbackAsync(ChatKitRequest.Feedback feedback, CancellationToken cancellationToken)
    {
        if (!host.Capabilities.Feedback)
        {
            return;
        }

        var parameters = new FeedbackParams(feedback.ThreadId, feedback.ItemIds, feedback.Kind);
        await host.NotifyAsync(
            "feedback/submit", JsonSerializer.SerializeToUtf8Bytes(parameters, HostJson.Default.FeedbackParams), cancellationToken);
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

    private (IReadOnlyList<ThreadEvent> Events, ThreadItem? Updated, bool Respond) Read(JsonElement result, ChatKitRequest.CustomAction request)
    {
        if (result.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return ([], null, false);
        }

        try
        {
            var events = result.TryGetProperty("events"u8, out var given) && given.ValueKind != JsonValueKind.Null
                ? HostEvents.ReadStrict(given, request.ThreadId, clock)
                : [];
            var updated = result.TryGetProperty("updatedItem"u8, out var item) && item.ValueKind != JsonValueKind.Null
                ? HostEvents.ReadItem(item, request.ThreadId, request.ItemId, clock)
                : null;
            return (events, updated, result.TryGetProperty("respond"u8, out var respond) && respond.ValueKind == JsonValueKind.True);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            logger.HostAnswerRefused("actions/invoke", "not thread events");
            throw new FailureException(Failure.BridgeError);
        }
    }

    /// <summary>What the user did, for the model that answers it.</summary>
    public static string Describe(ChatKitRequest.CustomAction request, WidgetItem? sender)
    {
        var payload = request.Payload is { } given ? $" with {HostText.Cut(given.GetRawText(), MaxPayload)}" : "";
        var widget = sender is null ? "" : $" in the widget {sender.Id}";
        return $"The user chose the action {request.Type}{payload}{widget}. Go on from there.";
    }

    private static byte[] Params(StoredThread thread, ChatKitRequest.CustomAction request, WidgetItem? sender)
    {
        var metadata = thread.Head.Metadata;
        return JsonSerializer.SerializeToUtf8Bytes(
            new InvokeActionParams(
                request.ThreadId,
                sender?.Id,
                sender?.Widget,
                new InvokedAction(request.Type, request.Payload),
                request.Sync,
                metadata.ValueKind == JsonValueKind.Object && metadata.GetPropertyCount() > 0 ? metadata : null),
            HostJson.Default.InvokeActionParams);
    }
}
