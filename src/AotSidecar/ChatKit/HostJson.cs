using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.Json;

namespace AotSidecar.ChatKit;

/// <summary>Params of <c>tools/list</c>.</summary>
/// <param name="Cursor">Of the next page; null for the first.</param>
internal sealed record ListToolsParams(string? Cursor);

/// <summary>Params of <c>tools/call</c>.</summary>
/// <param name="Arguments">One JSON object, as the model wrote it.</param>
internal sealed record CallToolParams(string Name, RawJson Arguments, [property: JsonPropertyName("_meta")] CallToolMeta Meta);

internal sealed record CallToolMeta(string CallId, string ThreadId);

/// <summary>Params of <c>feedback/submit</c>.</summary>
internal sealed record FeedbackParams(string ThreadId, IReadOnlyList<string> ItemIds, string Kind);

/// <summary>Params of <c>actions/invoke</c>.</summary>
/// <param name="ItemId">Of the widget, as <paramref name="Widget"/>; null when the page itself sends the action.</param>
/// <param name="ThreadMetadata">Belongs to the host and is sent only to it; null when it is empty.</param>
internal sealed record InvokeActionParams(
    string ThreadId, string? ItemId, JsonElement? Widget, InvokedAction Action, bool Sync, JsonElement? ThreadMetadata);

internal sealed record InvokedAction(string Type, JsonElement? Payload);

/// <summary>What the chat sends to the extension host: camelCase, as all of the bridge.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 1000,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ListToolsParams))]
[JsonSerializable(typeof(CallToolParams))]
[JsonSerializable(typeof(FeedbackParams))]
[JsonSerializable(typeof(InvokeActionParams))]
internal sealed partial class HostJson : JsonSerializerContext;
