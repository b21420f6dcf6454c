using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AotSidecar.Json;

namespace AotSidecar.Bridge;

/// <summary>Reads the params of a call by the host.</summary>
internal static class HostParams
{
    /// <summary>The params object itself: vscode-jsonrpc may wrap a single one in a list.</summary>
    public static JsonElement Unwrap(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() == 1 ? parameters[0] : parameters;

    /// <exception cref="HostMethodException">
    /// Invalid params, with the code that HTTP has for the same fault.
    /// </exception>
    public static T Read<T>(JsonElement parameters, JsonTypeInfo<T> type)
        where T : class =>
        JsonInput.TryRead(Unwrap(parameters), type, out var value, out var fault)
            ? value
            : throw new HostMethodException(HostMethodException.InvalidParams, fault.Message, fault.Code);
}
