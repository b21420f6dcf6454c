using System.Runtime.InteropServices;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Reads text of the host without ever throwing: the framework's reader refuses half a surrogate pair, which a tool that
/// cuts its output can leave behind, and one odd character must not end a turn.
/// </summary>
internal static class HostText
{
    /// <returns>Null when absent or not text.</returns>
    public static string? Of(JsonElement element, ReadOnlySpan<byte> name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? Decode(value)
            : null;

    /// <summary>The first characters, with a sign of the cut; never half a surrogate pair.</summary>
    public static string Cut(string text, int length, string sign = "…") =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + sign;

    private static string Decode(JsonElement text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return JsonText.Decode(raw, escaped: raw.Contains((byte)'\\'));
    }
}
