using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>
/// How wire types are written: snake_case, nulls of model fields omitted, text as raw UTF-8: docs/chatkit.md#json-conventions.
/// Generated readers set every <c>init</c> member of a type with required ones, absent members to null: a member with a
/// default has to bring it back itself.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ThreadEvent))]
[JsonSerializable(typeof(ThreadItem))]
[JsonSerializable(typeof(ChatThread))]
[JsonSerializable(typeof(Page<ThreadItem>))]
[JsonSerializable(typeof(Page<ChatThread>))]
[JsonSerializable(typeof(Attachment))]
[JsonSerializable(typeof(string))]
internal sealed partial class ChatKitJson : JsonSerializerContext
{
    /// <summary>Deeper than a request may be: what a request brought has to fit into the replies that show it, some levels further in.</summary>
    private const int MaxDepth = 128;

    /// <summary>The one context in use: options cannot all be named on the attribute.</summary>
    public static ChatKitJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = WireEncoder.Instance,
        MaxDepth = MaxDepth,
    });

    /// <summary>A free-form object that was left out, or null, which an object cannot be.</summary>
    public static JsonElement OrEmpty(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? EmptyObject : value;

    public static JsonElement EmptyObject { get; } = System.Text.Json.JsonElement.Parse("{}"u8);
}
