using System.Buffers;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Hosts;

/// <summary>
/// Thread events that the extension host puts into a turn. The host need not know ids and times: an item without
/// <c>id</c>, <c>thread_id</c> or <c>created_at</c> gets them here. Widgets lose their nulls, and several <c>added</c>
/// events for one widget are states of it, of which the page is sent the differences.
/// </summary>
internal static class HostEvents
{
    /// <summary>What one call may put into a turn.</summary>
    private const int MaxEvents = 1000;

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

    /// <exception cref="JsonException">Not an item.</exception>
    public static ThreadItem ReadItem(JsonElement item, string threadId, TimeProvider clock) =>
        Clean(JsonSerializer.Deserialize(Complete(item, threadId, clock), ChatKitJson.Wire.ThreadItem)
            ?? throw new JsonException("an item is null"));

    public static void Apply(ThreadEvent threadEvent, TurnPipeline pipeline)
    {
        switch (threadEvent)
        {
            case ThreadUpdatedEvent { Thread: var given, KeepsStatus: var keepsStatus }:
                pipeline.Thread.Head = pipeline.Thread.Head with
                {
                    Title = given.Title ?? pipeline.Thread.Head.Title,
                    Status = keepsStatus ? pipeline.Thread.Head.Status : given.Status,
                    AllowedImageDomains = given.AllowedImageDomains ?? pipeline.Thread.Head.AllowedImageDomains,
                };
                pipeline.AnnounceThread();
                break;
            case ThreadCreatedEvent or StreamOptionsEvent:
                // Only the server says these.
                break;
            default:
                pipeline.EmitFromHost(threadEvent);
                break;
        }
    }

    private static ThreadEvent ReadEvent(JsonElement element, string threadId, TimeProvider clock)
    {
        try
        {
            var read = JsonSerializer.Deserialize(CompleteEvent(element, threadId, clock), ChatKitJson.Wire.ThreadEvent)
                ?? throw new JsonException("an event is null");
            return read switch
            {
                ThreadUpdatedEvent updated => updated with { KeepsStatus = !SaysStatus(element) },
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

    private static bool SaysStatus(JsonElement element) =>
        element.TryGetProperty("thread"u8, out var thread) && thread.TryGetProperty("status"u8, out var status) && status.ValueKind != JsonValueKind.Null;

    private static ThreadItem Clean(ThreadItem item) =>
        item is WidgetItem widget ? widget with { Widget = CleanRoot(widget.Widget) } : item;

    private static JsonElement CleanRoot(JsonElement widget) =>
        WidgetJson.IsRoot(widget) ? WidgetJson.WithoutNulls(widget) : throw new JsonException("a widget's root is a Card, a ListView or Basic");

    private static ReadOnlySpan<byte> CompleteEvent(JsonElement element, string threadId, TimeProvider clock)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("an event is not an object");
            }

            json.WriteStartObject();
            foreach (var member in element.EnumerateObject())
            {
                json.WritePropertyName(member.Name);
                switch (member)
                {
                    case { Name: "item", Value.ValueKind: JsonValueKind.Object }:
                        WriteCompleted(json, member.Value, "id", threadId, clock);
                        break;
                    case { Name: "thread", Value.ValueKind: JsonValueKind.Object }:
                        WriteCompleted(json, member.Value, null, threadId, clock);
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

    private static ReadOnlySpan<byte> Complete(JsonElement item, string threadId, TimeProvider clock)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteCompleted(json, item.ValueKind == JsonValueKind.Object ? item : throw new JsonException("an item is not an object"), "id", threadId, clock);
        }

        return buffer.WrittenSpan;
    }

    /// <param name="newId">The id member to make up when absent; null for a thread, which has the one id.</param>
    private static void WriteCompleted(Utf8JsonWriter json, JsonElement element, string? newId, string threadId, TimeProvider clock)
    {
        json.WriteStartObject();
        if (newId is null)
        {
            json.WriteString("id"u8, threadId);
            WriteUnlessThere("status", static (json, _) => json.WriteRawValue(/*lang=json,strict*/ """{"type":"active"}"""u8));
        }
        else
        {
            json.WriteString("thread_id"u8, threadId);
            WriteUnlessThere("id", static (json, _) => json.WriteStringValue(ItemIds.Create(ItemIds.Message)));
        }

        WriteUnlessThere("created_at", static (json, clock) => json.WriteStringValue(ThreadStore.Now(clock)));
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name != (newId is null ? "id" : "thread_id"))
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();

        void WriteUnlessThere(string name, Action<Utf8JsonWriter, TimeProvider> value)
        {
            if (!element.TryGetProperty(name, out var there) || there.ValueKind == JsonValueKind.Null)
            {
                json.WritePropertyName(name);
                value(json, clock);
            }
        }
    }
}
