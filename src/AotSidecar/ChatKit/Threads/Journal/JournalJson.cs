using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>JSON of the journals. Items are written as on the wire.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ThreadOwner))]
[JsonSerializable(typeof(ThreadHead))]
[JsonSerializable(typeof(Replay))]
[JsonSerializable(typeof(AttachmentOwner))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>Deeper than the wire's limit, because a record wraps what a request contained.</summary>
    private const int MaxDepth = 128;

    public static JournalJson Disk { get; } = new(NewOptions());

    /// <summary>For the types of the wire.</summary>
    public static ChatKitJson Wire { get; } = new(NewOptions());

    private static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowOutOfOrderMetadataProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    public static ReadOnlyMemory<byte> WriteItem(ThreadItem item, Replay? replay)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Wire.Options.Encoder, SkipValidation = true });
        json.WriteStartObject();
        json.WritePropertyName("item"u8);
        JsonSerializer.Serialize(json, item, Wire.ThreadItem);
        if (replay is not null)
        {
            json.WritePropertyName("replay"u8);
            JsonSerializer.Serialize(json, replay, Disk.Replay);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <exception cref="JsonException">Not an item.</exception>
    public static ThreadChange.Stored ReadItem(ReadOnlySpan<byte> payload)
    {
        var json = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
        ThreadItem? item = null;
        Replay? replay = null;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("item"u8))
            {
                json.Read();
                item = JsonSerializer.Deserialize(ref json, Wire.ThreadItem);
            }
            else if (json.ValueTextEquals("replay"u8))
            {
                json.Read();
                replay = JsonSerializer.Deserialize(ref json, Disk.Replay);
            }
            else
            {
                json.Skip();
            }
        }

        return new ThreadChange.Stored(item ?? throw new JsonException("a record without an item"), replay);
    }

    public static T Required<T>(T? value)
        where T : class => value ?? throw new JsonException("a record is null");
}

/// <param name="Version">Of the journal's format.</param>
internal sealed record ThreadOwner(int Version, string Id, string User, DateTime CreatedAt)
{
    public const int CurrentVersion = 1;
}

internal sealed record AttachmentOwner(string Id, string User, DateTime CreatedAt);
