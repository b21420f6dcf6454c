using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>
/// Times on the wire (docs/chatkit.md#times): UTC with <c>Z</c>, and six digits of a second or none. A host may say a
/// time with an offset, without one (then it is UTC), or as Unix seconds.
/// </summary>
internal sealed class WireTime : JsonConverter<DateTime>
{
    private static readonly double LastSecond = (DateTime.MaxValue - DateTime.UnixEpoch).TotalSeconds - 1;

    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds) && seconds >= 0 && seconds < LastSecond)
        {
            return Truncate(DateTime.UnixEpoch.AddSeconds(seconds));
        }

        return reader.TokenType == JsonTokenType.String && DateTimeOffset.TryParse(
            reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? Truncate(time.UtcDateTime)
            : throw new JsonException("not a time");
    }

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[32];
        var format = value.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
        value.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    /// <summary>Now, in the wire's resolution (microseconds).</summary>
    public static DateTime Now(TimeProvider clock) => Truncate(clock.GetUtcNow().UtcDateTime);

    private static DateTime Truncate(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
}
