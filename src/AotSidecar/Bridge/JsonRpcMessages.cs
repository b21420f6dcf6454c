using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.Json;

namespace AotSidecar.Bridge;

/// <summary>JSON-RPC error codes; those of -326xx are JSON-RPC's own.</summary>
internal static class JsonRpcCodes
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InternalError = -32603;

    /// <summary>LSP's code for a cancelled request.</summary>
    public const int RequestCancelled = -32800;
}

/// <summary>
/// A message from the peer. A member that is absent has the kind <see cref="JsonValueKind.Undefined"/>.
/// </summary>
internal sealed record JsonRpcMessage
{
    public JsonElement Jsonrpc { get; init; }

    public JsonElement Id { get; init; }

    public JsonElement Method { get; init; }

    public JsonElement Params { get; init; }

    public JsonElement Result { get; init; }

    public JsonElement Error { get; init; }

    [JsonIgnore]
    public bool IsVersion2 => Jsonrpc.ValueKind == JsonValueKind.String && Jsonrpc.ValueEquals("2.0"u8);

    /// <summary>A request or a notification, as opposed to a reply.</summary>
    [JsonIgnore]
    public bool IsCall => Method.ValueKind != JsonValueKind.Undefined;

    [JsonIgnore]
    public bool IsNotification => IsCall && Id.ValueKind == JsonValueKind.Undefined;

    /// <summary>The id of a request that can be answered, a number or a string; else null.</summary>
    [JsonIgnore]
    public JsonElement? RequestId => IsCall && Id.ValueKind is JsonValueKind.Number or JsonValueKind.String ? Id : null;

    /// <summary>The id of our call that this answers.</summary>
    [JsonIgnore]
    public long? ReplyId => !IsCall && Id.ValueKind == JsonValueKind.Number && Id.TryGetInt64(out var id) ? id : null;
}

/// <summary>The error object of a reply. Its message is not read: it may hold anything.</summary>
internal sealed record JsonRpcReceivedError
{
    public required int Code { get; init; }
}

internal abstract record JsonRpcOutgoing
{
    [JsonPropertyOrder(-1)]
    public string Jsonrpc { get; } = "2.0";
}

internal sealed record JsonRpcRequest(long Id, string Method, RawJson Params) : JsonRpcOutgoing;

internal sealed record JsonRpcNotification(string Method, RawJson Params) : JsonRpcOutgoing;

internal sealed record JsonRpcResult(JsonElement Id, RawJson Result) : JsonRpcOutgoing;

/// <param name="Id">Null when the request's id could not be read.</param>
internal sealed record JsonRpcFailure(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] JsonElement? Id, JsonRpcError Error) : JsonRpcOutgoing;

/// <param name="Message">Our own words.</param>
internal sealed record JsonRpcError(int Code, string Message, JsonRpcErrorData? Data = null);

/// <param name="Code">The code that HTTP has for the same refusal.</param>
internal sealed record JsonRpcErrorData(string Code);

/// <summary>Params of <c>$/cancelRequest</c> as we send it.</summary>
internal sealed record CancelParams(long Id);
