using System.Text.Json;

namespace AotSidecar.Bridge;

/// <summary>Reads members of params sent by the host; vscode-jsonrpc may wrap a single object in a list.</summary>
internal static class HostParams
{
    /// <summary>The params object itself.</summary>
    public static JsonElement Object(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() == 1 ? parameters[0] : parameters;

    /// <returns>Null when absent or not text.</returns>
    public static string? String(JsonElement parameters, string name) =>
        Member(parameters, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <exception cref="HostMethodException">When present and not a list of texts, or when the params are no object.</exception>
    public static IReadOnlyList<string> Strings(JsonElement parameters, string name)
    {
        if (Object(parameters).ValueKind is not (JsonValueKind.Object or JsonValueKind.Null or JsonValueKind.Undefined))
        {
            throw new HostMethodException(HostMethodException.InvalidParams, "params must be an object", "invalid_field");
        }

        if (Member(parameters, name) is not { } value || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static e => e.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(static e => e.GetString()!)]
            : throw new HostMethodException(HostMethodException.InvalidParams, $"{name} must be a list of strings", "invalid_field");
    }

    private static JsonElement? Member(JsonElement parameters, string name)
    {
        var members = Object(parameters);
        return members.ValueKind == JsonValueKind.Object && members.TryGetProperty(name, out var value) ? value : null;
    }
}
