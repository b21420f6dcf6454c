using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.Bridge;

/// <summary>What the host offers, from its <c>initialize</c> result.</summary>
internal sealed record HostCapabilities(
    [property: JsonConverter(typeof(CapabilityConverter))] bool Tools = false,
    [property: JsonConverter(typeof(CapabilityConverter))] bool Actions = false,
    [property: JsonConverter(typeof(CapabilityConverter))] bool Feedback = false,
    [property: JsonConverter(typeof(CapabilityConverter))] bool Context = false)
{
    public static HostCapabilities None { get; } = new();
}

/// <summary>
/// Reads <c>true</c> as true and any other value as false, so that a newer host may say more than a Boolean.
/// </summary>
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
