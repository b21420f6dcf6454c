using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AotSidecar.Json;

/// <summary>
/// Turns bytes into a record, or says what is wrong and where. How strict it is (unknown members, duplicates, nulls,
/// depth) is up to the options of the context that the type comes from.
///
/// Only a failure costs more than one pass: the exception gives the path of the member at fault, but tells apart
/// neither a missing member from its parent nor an unknown member from one of the wrong type. For that the document is
/// parsed again and walked along the path beside the type.
/// </summary>
internal static class JsonInput
{
    public static bool TryRead<T>(
        ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out JsonFault? fault)
        where T : class
    {
        try
        {
            value = JsonSerializer.Deserialize(utf8, type);
            fault = value is null ? JsonFault.NotAnObject : null;
            return fault is null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            value = null;
            fault = Explain(utf8, type, (e as JsonException)?.Path);
            return false;
        }
    }

    /// <summary>As with bytes; an absent or null element reads as an empty object.</summary>
    public static bool TryRead<T>(
        JsonElement element, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out JsonFault? fault)
        where T : class =>
        TryRead(
            element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "{}"u8 : JsonMarshal.GetRawUtf8Value(element),
            type,
            out value,
            out fault);

    private static JsonFault Explain(ReadOnlySpan<byte> utf8, JsonTypeInfo type, string? path)
    {
        var options = new JsonDocumentOptions
        {
            MaxDepth = type.Options.MaxDepth,
            AllowDuplicateProperties = type.Options.AllowDuplicateProperties,
        };
        try
        {
            return Walk(JsonElement.Parse(utf8, options), type, path ?? "$");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name with a lone surrogate.
            return JsonFault.Malformed;
        }
    }

    /// <param name="path">
    /// As <see cref="JsonException.Path"/> writes it: <c>$.tools[1].name</c>, <c>$['odd name']</c>.
    /// </param>
    private static JsonFault Walk(JsonElement value, JsonTypeInfo type, string path)
    {
        var shown = path.TrimStart('$').TrimStart('.');
        for (var rest = path.AsSpan(1); rest.Length > 0;)
        {
            var end = rest[1..].IndexOfAny('.', '[') is >= 0 and var next ? next + 1 : rest.Length;
            var step = rest[..end];
            rest = rest[end..];
            if (step[0] == '[' && int.TryParse(step[1..^1], out var index) && type.ElementType is { } element)
            {
                (value, type) = (value[index], type.Options.GetTypeInfo(element));
                continue;
            }

            var name = step[1..].ToString();
            if (type.Properties.FirstOrDefault(property => property.Name == name) is not { } property)
            {
                return JsonFault.Unknown(Plain(shown));
            }

            (value, type) = (value.GetProperty(name), type.Options.GetTypeInfo(property.PropertyType));
        }

        if (value.ValueKind == JsonValueKind.Object
            && type.Properties.FirstOrDefault(property => property.IsRequired && !value.TryGetProperty(property.Name, out _)) is { } missing)
        {
            return new JsonFault(JsonFaultKind.Missing, shown.Length == 0 ? missing.Name : $"{shown}.{missing.Name}");
        }

        return shown.Length > 0 ? new JsonFault(JsonFaultKind.Invalid, shown)
            : value.ValueKind == JsonValueKind.Object ? JsonFault.Malformed
            : JsonFault.NotAnObject;
    }

    /// <summary>Without the brackets and quotes that the serializer puts around an unusual name.</summary>
    private static string Plain(string path) =>
        path.Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal).TrimStart('.');
}
