using System.Buffers;
using System.Text.Json;

namespace AotSidecar.ChatKit.Widgets;

/// <summary>
/// Widgets are opaque JSON with one rule: nulls are dropped at every depth, in objects and in lists
/// (docs/chatkit.md#json-conventions).
/// </summary>
internal static class WidgetJson
{
    public static bool IsRoot(JsonElement widget) =>
        widget.ValueKind == JsonValueKind.Object && widget.TryGetProperty("type"u8, out var type)
        && type.ValueKind == JsonValueKind.String && type.GetString() is "Card" or "ListView" or "Basic";

    public static JsonElement WithoutNulls(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, element);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in element.EnumerateObject().Where(static m => m.Value.ValueKind != JsonValueKind.Null))
                {
                    json.WritePropertyName(member.Name);
                    Write(json, member.Value);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var value in element.EnumerateArray().Where(static v => v.ValueKind != JsonValueKind.Null))
                {
                    Write(json, value);
                }

                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }
}
