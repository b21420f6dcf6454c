using System.Text.Json;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// Checks arguments against the shape of a JSON schema: required members, no unknown ones where the schema forbids
/// them, simple types and fixed choices, at every depth that <c>properties</c> and <c>items</c> describe. The tool
/// checks everything else.
/// </summary>
internal static class SchemaShape
{
    /// <returns>What is wrong, in words for the model, or null.</returns>
    /// <exception cref="InvalidOperationException">The arguments hold text that is not Unicode.</exception>
    public static string? Refuse(JsonElement schema, JsonElement arguments) => RefuseMembers(schema, arguments, "");

    private static string? Refuse(JsonElement schema, JsonElement value, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (schema.TryGetProperty("type"u8, out var type) && !Fits(type, value))
        {
            return $"the argument {path} has the wrong type";
        }

        if (schema.TryGetProperty("enum"u8, out var choices) && choices.ValueKind == JsonValueKind.Array
            && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)))
        {
            return $"the argument {path} is none of the values it can have";
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => RefuseMembers(schema, value, path + "."),
            JsonValueKind.Array when schema.TryGetProperty("items"u8, out var items) => value.EnumerateArray()
                .Select((element, index) => Refuse(items, element, $"{path}[{index}]"))
                .FirstOrDefault(static wrong => wrong is not null),
            _ => null,
        };
    }

    private static string? RefuseMembers(JsonElement schema, JsonElement value, string prefix)
    {
        if (schema.TryGetProperty("required"u8, out var required) && required.ValueKind == JsonValueKind.Array)
        {
            foreach (var name in required.EnumerateArray().Where(static n => n.ValueKind == JsonValueKind.String))
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                {
                    return $"the argument {prefix}{name.GetString()} is missing";
                }
            }
        }

        var hasProperties = schema.TryGetProperty("properties"u8, out var properties) && properties.ValueKind == JsonValueKind.Object;
        var closed = schema.TryGetProperty("additionalProperties"u8, out var additional) && additional.ValueKind == JsonValueKind.False
            && !schema.TryGetProperty("patternProperties"u8, out _);
        foreach (var member in value.EnumerateObject())
        {
            if (hasProperties && properties.TryGetProperty(member.Name, out var property))
            {
                if (Refuse(property, member.Value, prefix + member.Name) is { } wrong)
                {
                    return wrong;
                }
            }
            else if (closed)
            {
                return $"the argument {prefix}{member.Name} is unknown";
            }
        }

        return null;
    }

    private static bool Fits(JsonElement type, JsonElement value) => type.ValueKind switch
    {
        JsonValueKind.String => IsOf(type.GetString()!, value),
        JsonValueKind.Array => type.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && IsOf(one.GetString()!, value)),
        _ => true,
    };

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
