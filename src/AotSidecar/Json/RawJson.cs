using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.Json;

/// <summary>A member that is serialised already and is written as it is.</summary>
/// <param name="Utf8">One whole JSON value.</param>
[JsonConverter(typeof(RawJsonConverter))]
internal readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    public static RawJson Null { get; } = new("null"u8.ToArray());
}

internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("raw JSON is only written; read a JsonElement");

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Utf8.Span);
}
