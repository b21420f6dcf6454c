using System.Buffers;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Thread events that the extension host puts into a turn. The host need not know ids and times: an item without
/// <c>id</c>, <c>thread_id</c> or <c>created_at</c> gets them here. Widgets lose their nulls, and several <c>added</c>
/// events for one widget are states of it, of which the page is sent the differences.
/// </summary>
internal static class HostEvents
{
    /// <summary>What one call may put into a turn.</summary>
    private const int MaxEvents = 1000;

    /// <summary>Of a thread, in characters of JSON: it is for what the host has to know again, not for its data.</summary>
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

    /// <summary>What can be read of a list; the rest is passed over.</summary>
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
                // A tool's decoration that cannot be shown does not undo what the tool did.
            }
        }

        return read;
    }

    /// <param name="itemId">The id of an item that does not name itself; null makes one up.</param>
    /// <exception cref="JsonException">Not an item.</exception>
    public static ThreadItem ReadItem(JsonElement item, string threadId, string? itemId, TimeProvider clock) =>
        Clean(JsonSerializer.Deserialize(CompleteItem(item, threadId, itemId, clock), ChatKitJson.Wire.ThreadItem)
            ?? throw new JsonException("an item is null"));

    /// <summary>In the host's order, but for a call of a client tool: the page answers it after the stream's end, so nothing may follow it.</summary>
    public static IEnumerable<ThreadEvent> InOrder(IEnumerable<ThreadEvent> events) => events.OrderBy(CallsClientTool);

    /// <summary>Whether the page will run a tool and answer, or the user will: the turn ends here and goes on with that.</summary>
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
                // Only the server says this.
                break;
            default:
                pipeline.EmitFromHost(threadEvent);
                break;
        }
    }

    /// <summary>What the host said of a thread, and nothing of what it left out.</summary>
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
            // What the serializer says of an object without a type.
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

    /// <summary>The members that were given, but the one that has been written already. A null says no more than a member that is not there.</summary>
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
