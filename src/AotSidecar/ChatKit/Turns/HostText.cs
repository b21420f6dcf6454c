using System.Runtime.InteropServices;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Reads text of the host without throwing. The framework refuses lone surrogates, which a tool that truncates its
/// output can produce.
/// </summary>
internal static class HostText
{
    /// <returns>Null when absent or not text.</returns>
    public static string? Of(JsonElement element, ReadOnlySpan<byte> name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? Decode(value)
            : null;

    /// <summary>Truncates, marks the cut, and never splits a surrogate pair.</summary>
    public static string Cut(string text, int length, string sign = "…") =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + sign;

    private static string Decode(JsonElement text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return JsonText.Decode(raw, escaped: raw.Contains((byte)'\\'));
    }
}
