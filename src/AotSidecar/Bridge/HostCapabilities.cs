using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.Bridge;

/// <summary>What the host said in its <c>initialize</c> result that it can be asked for.</summary>
internal sealed record HostCapabilities(
    [property: JsonConverter(typeof(CapabilityConverter))] bool Tools = false,
    [property: JsonConverter(typeof(CapabilityConverter))] bool Actions = false,
    [property: JsonConverter(typeof(CapabilityConverter))] bool Feedback = false)
{
    public static HostCapabilities None { get; } = new();
}

/// <summary>Only <c>true</c> is a capability; a host that says it in another way is asked for nothing.</summary>
internal sealed class CapabilityConverter : JsonConverter<bool>
{
    public override bool HandleNull => true;

    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var isTrue = reader.TokenType == JsonTokenType.True;
        reader.Skip();
        return isTrue;
    }

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}
