using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>
/// How wire types are written: snake_case, nulls of model fields omitted, text as raw UTF-8:
/// docs/chatkit.md#json-conventions. In a type with required members, generated readers set absent <c>init</c> members
/// to null, so their setters restore the default.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ThreadEvent))]
[JsonSerializable(typeof(ThreadItem))]
[JsonSerializable(typeof(ChatThread))]
[JsonSerializable(typeof(Page<ThreadItem>))]
[JsonSerializable(typeof(Page<ChatThread>))]
[JsonSerializable(typeof(Attachment))]
[JsonSerializable(typeof(ActionReply))]
[JsonSerializable(typeof(TranscriptionReply))]
[JsonSerializable(typeof(string))]
internal sealed partial class ChatKitJson : JsonSerializerContext
{
    /// <summary>Deeper than a request's limit, because replies nest what a request contained.</summary>
    private const int MaxDepth = 128;

    /// <summary>The context to use: not all options can be set on the attribute.</summary>
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

    /// <summary>An absent or null object becomes <c>{}</c>.</summary>
    public static JsonElement OrEmpty(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? EmptyObject : value;

    public static JsonElement EmptyObject { get; } = System.Text.Json.JsonElement.Parse("{}"u8);
}
