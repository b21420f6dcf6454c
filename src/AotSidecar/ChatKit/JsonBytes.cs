using System.Text.Json;

namespace AotSidecar.ChatKit;

internal static class JsonBytes
{
    /// <summary>Writes one JSON object; the callback writes its members.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
