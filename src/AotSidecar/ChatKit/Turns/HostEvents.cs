using System.Buffers;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Thread events that the extension host puts into a turn. Missing ids and times are filled in, widgets lose their
/// nulls, and several <c>added</c> events of one widget are its states: the page gets the differences.
/// </summary>
internal static class HostEvents
{
    /// <summary>Bound on the events of one call.</summary>
    private const int MaxEvents = 1000;

    /// <summary>Characters of JSON. Metadata is for keys and flags, not for data.</summary>
    private const int MaxMetadata = 64 * 1024;

    /// <exception cref="JsonException">Not a list of thread events.</exception>
    public static IReadOnlyList<ThreadEvent> ReadStrict(JsonElement events, string threadId, TimeProvider clock)
    {
        if (events.ValueKind != JsonValueKind.Array || events.GetArrayLength() > MaxEvents)
        {
            throw new JsonException("events must be a list");
        }

        return [.. events.EnumerateArray().Select(element => ReadEvent(element, threadId, clock))];
    }

    /// <summary>Reads the valid events of a list and skips the others.</summary>
    public static IReadOnlyList<ThreadEvent> Read(JsonElement events, string threadId, TimeProvider clock)
    {
        if (events.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        var read = new List<ThreadEvent>();
        foreach (var element in events.EnumerateArray().Take(MaxEvents))
        {
            try
            {
                read.Add(ReadEvent(element, threadId, clock));
            }
            catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
            {
                // An event that cannot be shown does not undo the tool's work.
            }
        }

        return read;
    }

    /// <param name="itemId">Id for an item without one; null generates it.</param>
    /// <exception cref="JsonException">Not an item.</exception>
    public static ThreadItem ReadItem(JsonElement item, string threadId, string? itemId, TimeProvider clock) =>
        Clean(JsonSerializer.Deserialize(CompleteItem(item, threadId, itemId, clock), ChatKitJson.Wire.ThreadItem)
            ?? throw new JsonException("an item is null"));

    /// <summary>
    /// In the host's order, except that a client tool call comes last: the page answers it after the stream's end.
    /// </summary>
    public static IEnumerable<ThreadEvent> InOrder(IEnumerable<ThreadEvent> events) => events.OrderBy(CallsClientTool);

    /// <summary>
    /// Whether the page or the user has to answer; the turn ends here and continues with that answer.
    /// </summary>
    public static bool Asks(ThreadEvent threadEvent) =>
        CallsClientTool(threadEvent) || threadEvent is ItemDoneEvent { Item: StructuredInputItem { Status: "pending" } };

    private static bool CallsClientTool(ThreadEvent threadEvent) =>
        threadEvent is ItemDoneEvent { Item: ClientToolCallItem { Status: "pending" } };

    public static void Apply(ThreadEvent threadEvent, TurnPipeline pipeline)
    {
        switch (threadEvent)
        {
            case ThreadUpdatedEvent update:
                ApplyTo(pipeline.Thread, update);
                pipeline.AnnounceThread();
                break;
            case ThreadCreatedEvent:
                // Only the sidecar sends this.
                break;
            default:
                pipeline.EmitFromHost(threadEvent);
                break;
        }
    }

    /// <summary>Applies only the members that were sent.</summary>
    public static void ApplyTo(StoredThread thread, ThreadUpdatedEvent update)
    {
        var given = update.Thread;
        thread.UpdateHead(head => head with
        {
            Title = given.Title ?? head.Title,
            Status = update.KeepsStatus ? head.Status : given.Status,
            AllowedImageDomains = given.AllowedImageDomains ?? head.AllowedImageDomains,
            Metadata = update.Metadata ?? head.Metadata,
        });
    }

    private static ThreadEvent ReadEvent(JsonElement element, string threadId, TimeProvider clock)
    {
        try
        {
            var read = JsonSerializer.Deserialize(CompleteEvent(element, threadId, clock), ChatKitJson.Wire.ThreadEvent)
                ?? throw new JsonException("an event is null");
            return read switch
            {
                ThreadUpdatedEvent updated => WithWhatWasSaid(updated, element.GetProperty("thread"u8)),
                ErrorEvent { Code: not (ErrorEvent.Custom or ErrorEvent.StreamError), Message: null or "" } error =>
                    error with { Message = "the extension reported an error" },
                ItemAddedEvent added => added with { Item = Clean(added.Item) },
                ItemDoneEvent done => done with { Item = Clean(done.Item) },
                ItemReplacedEvent replaced => replaced with { Item = Clean(replaced.Item) },
                ItemUpdatedEvent { Update: WidgetRootUpdated root } updated => updated with { Update = new WidgetRootUpdated(CleanRoot(root.Widget)) },
                ItemUpdatedEvent { Update: WidgetComponentUpdated component } updated =>
                    updated with { Update = component with { Component = WidgetJson.WithoutNulls(component.Component) } },
                _ => read,
            };
        }
        catch (NotSupportedException e)
        {
            // Thrown by the serializer for an object without a type.
            throw new JsonException("an event or item has no type", e);
        }
    }

    private static ThreadUpdatedEvent WithWhatWasSaid(ThreadUpdatedEvent updated, JsonElement thread) => updated with
    {
        KeepsStatus = !Has(thread, "status"u8),
        Metadata = !Has(thread, "metadata"u8) ? null
            : thread.GetProperty("metadata"u8) is { ValueKind: JsonValueKind.Object } metadata && metadata.GetRawText().Length <= MaxMetadata
                ? metadata.Clone()
                : throw new JsonException("metadata is not a small object"),
    };

    private static ThreadItem Clean(ThreadItem item) =>
        item is WidgetItem widget ? widget with { Widget = CleanRoot(widget.Widget) } : item;

    private static JsonElement CleanRoot(JsonElement widget) =>
        WidgetJson.IsRoot(widget) ? WidgetJson.WithoutNulls(widget) : throw new JsonException("a widget's root is a Card, a ListView or Basic");

    private static ReadOnlySpan<byte> CompleteEvent(JsonElement element, string threadId, TimeProvider clock)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("an event is not an object");
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in element.EnumerateObject())
            {
                json.WritePropertyName(member.Name);
                switch (member)
                {
                    case { Name: "item", Value.ValueKind: JsonValueKind.Object }:
                        WriteItem(json, member.Value, threadId, itemId: null, clock);
                        break;
                    case { Name: "thread", Value.ValueKind: JsonValueKind.Object }:
                        WriteThread(json, member.Value, threadId, clock);
                        break;
                    default:
                        member.Value.WriteTo(json);
                        break;
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static ReadOnlySpan<byte> CompleteItem(JsonElement item, string threadId, string? itemId, TimeProvider clock)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("an item is not an object");
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteItem(json, item, threadId, itemId, clock);
        }

        return buffer.WrittenSpan;
    }

    private static void WriteItem(Utf8JsonWriter json, JsonElement item, string threadId, string? itemId, TimeProvider clock)
    {
        json.WriteStartObject();
        json.WriteString("thread_id"u8, threadId);
        if (!Has(item, "id"u8))
        {
            json.WriteString("id"u8, itemId ?? ItemIds.Create(PrefixFor(item)));
        }

        WriteRest(json, item, "thread_id", clock);
    }

    private static string PrefixFor(JsonElement item) =>
        !item.TryGetProperty("type"u8, out var type) || type.ValueKind != JsonValueKind.String ? ItemIds.Message
        : type.GetString() switch
        {
            "client_tool_call" => ItemIds.ToolCall,
            "task" => ItemIds.Task,
            "workflow" => ItemIds.Workflow,
            "sdk_hidden_context" => ItemIds.HiddenContext,
            _ => ItemIds.Message,
        };

    private static void WriteThread(Utf8JsonWriter json, JsonElement thread, string threadId, TimeProvider clock)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, threadId);
        if (!Has(thread, "status"u8))
        {
            json.WritePropertyName("status"u8);
            json.WriteRawValue(/*lang=json,strict*/ """{"type":"active"}"""u8);
        }

        WriteRest(json, thread, "id", clock);
    }

    /// <summary>Copies the remaining members; null counts as absent.</summary>
    private static void WriteRest(Utf8JsonWriter json, JsonElement element, string written, TimeProvider clock)
    {
        if (!Has(element, "created_at"u8))
        {
            json.WriteString("created_at"u8, WireTime.Now(clock));
        }

        foreach (var member in element.EnumerateObject().Where(member => member.Name != written && member.Value.ValueKind != JsonValueKind.Null))
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static bool Has(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;
}
