using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Corrects a tool's JSON schema. Providers refuse the whole request for one mistake that other validators tolerate: an
/// array without <c>items</c>, a property that is no schema, <c>anyOf</c> at the top.
/// </summary>
internal static class ToolSchema
{
    private static readonly JsonDocumentOptions Leniency = new()
    {
        MaxDepth = JsonValue.Leniency.MaxDepth,
        AllowTrailingCommas = true,
    };

    /// <summary>Keywords that OpenAI refuses at the top of a schema.</summary>
    private static readonly string[] NotAtTheTop = ["anyOf", "oneOf", "allOf", "enum", "not"];

    /// <summary>Keywords that Gemini refuses as unknown.</summary>
    private static readonly string[] NotPlain =
    [
        "$schema", "$id", "$comment", "$anchor", "additionalProperties", "unevaluatedProperties", "propertyNames",
        "patternProperties", "exclusiveMinimum", "exclusiveMaximum",
    ];

    /// <param name="utf8">The schema; empty for a tool without arguments.</param>
    /// <param name="plain">Without the keywords that some providers do not know.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> utf8, bool plain)
    {
        using var document = JsonDocument.Parse(utf8.IsEmpty ? "{}"u8.ToArray() : utf8, Leniency);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "object"u8);
        var hasProperties = false;
        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!member.NameEquals("type"u8) && !NotAtTheTop.Contains(member.Name))
                {
                    hasProperties |= member.NameEquals("properties"u8);
                    WriteMember(writer, member, plain);
                }
            }
        }

        if (!hasProperties)
        {
            writer.WriteStartObject("properties"u8);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, JsonProperty member, bool plain)
    {
        if (plain && NotPlain.Contains(member.Name))
        {
            return;
        }

        switch (member.Name)
        {
            case "properties" or "$defs" or "definitions" or "patternProperties" or "dependentSchemas":
                WriteSchemas(writer, member, plain);
                break;
            case "anyOf" or "oneOf" or "allOf" or "prefixItems" when member.Value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray(member.Name);
                foreach (var one in member.Value.EnumerateArray().Where(IsSchema))
                {
                    WriteSchema(writer, one, plain);
                }

                writer.WriteEndArray();
                break;
            case "items" or "not" or "additionalProperties" or "contains" or "if" or "then" or "else":
                writer.WritePropertyName(member.Name);
                WriteSchema(writer, member.Value, plain);
                break;
            case "required" when member.Value.ValueKind != JsonValueKind.Array:
                // draft 3 had a boolean here
                break;
            default:
                member.WriteTo(writer);
                break;
        }
    }

    /// <summary>Keywords whose members are schemas by name.</summary>
    private static void WriteSchemas(Utf8JsonWriter writer, JsonProperty map, bool plain)
    {
        writer.WriteStartObject(map.Name);
        if (map.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in map.Value.EnumerateObject().Where(static member => IsSchema(member.Value)))
            {
                writer.WritePropertyName(member.Name);
                WriteSchema(writer, member.Value, plain);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteSchema(Utf8JsonWriter writer, JsonElement schema, bool plain)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            schema.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        if (schema.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in schema.EnumerateObject())
            {
                WriteMember(writer, member, plain);
            }

            if (IsArray(schema) && !schema.TryGetProperty("items"u8, out _))
            {
                writer.WriteStartObject("items"u8);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
    }

    private static bool IsSchema(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;

    private static bool IsArray(JsonElement schema) => schema.TryGetProperty("type"u8, out var type) && type.ValueKind switch
    {
        JsonValueKind.String => type.ValueEquals("array"u8),
        JsonValueKind.Array => type.EnumerateArray().Any(static one => one.ValueKind == JsonValueKind.String && one.ValueEquals("array"u8)),
        _ => false,
    };
}
