using System.Buffers;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.ChatKit.Widgets;

/// <summary>
/// Does to a stored widget what the page does to the one on screen, so that both are the same after a reload.
/// </summary>
internal static class WidgetUpdates
{
    /// <returns>The widget's new root; the old one for an update that is not a widget's.</returns>
    public static JsonElement Apply(JsonElement root, ItemUpdate update) => update switch
    {
        WidgetRootUpdated changed => changed.Widget,
        WidgetComponentUpdated changed => Rewrite(root, changed.ComponentId, (json, _) => changed.Component.WriteTo(json)),
        WidgetTextDelta delta => Rewrite(root, delta.ComponentId, (json, node) => WriteGrown(json, node, delta.Delta)),
        _ => root,
    };

    /// <summary>Applies an update to a stored widget; ignores other items.</summary>
    public static void UpdateWidget(this StoredThread thread, ItemUpdatedEvent update)
    {
        if (update.Update is WidgetRootUpdated or WidgetComponentUpdated or WidgetTextDelta
            && thread.TryGet(update.ItemId, out var item) && item is WidgetItem widget)
        {
            thread.Upsert(widget with { Widget = Apply(widget.Widget, update.Update) });
        }
    }

    private static JsonElement Rewrite(JsonElement root, string componentId, Action<Utf8JsonWriter, JsonElement> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, root, componentId, write);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, JsonElement element, string componentId, Action<Utf8JsonWriter, JsonElement> write)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when Text(element, "id"u8) == componentId:
                write(json, element);
                break;
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    Write(json, member.Value, componentId, write);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var value in element.EnumerateArray())
                {
                    Write(json, value, componentId, write);
                }

                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }

    private static void WriteGrown(Utf8JsonWriter json, JsonElement node, string delta)
    {
        json.WriteStartObject();
        json.WriteString("value"u8, Text(node, "value"u8) + delta);
        foreach (var member in node.EnumerateObject().Where(static member => member.Name != "value"))
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static string? Text(JsonElement node, ReadOnlySpan<byte> name) =>
        node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
