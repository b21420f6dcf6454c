using System.Text.Json;

namespace AotSidecar.ChatKit.Turns;

/// <summary>Checks arguments against the outer shape of a JSON schema: required members, no unknown ones where the schema forbids them, and simple types.</summary>
internal static class SchemaShape
{
    /// <returns>What is wrong, in words for the model, or null.</returns>
    public static string? Refuse(JsonElement schema, JsonElement arguments)
    {
        if (schema.TryGetProperty("required"u8, out var required) && required.ValueKind == JsonValueKind.Array)
        {
            foreach (var name in required.EnumerateArray().Where(static n => n.ValueKind == JsonValueKind.String))
            {
                if (!arguments.TryGetProperty(name.GetString()!, out _))
                {
                    return $"the argument {name.GetString()} is missing";
                }
            }
        }

        var hasProperties = schema.TryGetProperty("properties"u8, out var properties) && properties.ValueKind == JsonValueKind.Object;
        var closed = schema.TryGetProperty("additionalProperties"u8, out var additional) && additional.ValueKind == JsonValueKind.False;
        foreach (var argument in arguments.EnumerateObject())
        {
            if (hasProperties && properties.TryGetProperty(argument.Name, out var property))
            {
                if (!Fits(property, argument.Value))
                {
                    return $"the argument {argument.Name} has the wrong type";
                }
            }
            else if (closed)
            {
                return $"the argument {argument.Name} is unknown";
            }
        }

        return null;
    }

    private static bool Fits(JsonElement property, JsonElement value)
    {
        if (property.ValueKind != JsonValueKind.Object || !property.TryGetProperty("type"u8, out var type))
        {
            return true;
        }

        return type.ValueKind switch
        {
            JsonValueKind.String => IsOf(type.GetString()!, value),
            JsonValueKind.Array => type.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && IsOf(one.GetString()!, value)),
            _ => true,
        };
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsInteger(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => true,
    };
}
