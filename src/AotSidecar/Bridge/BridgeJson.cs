using System.Text.Json.Serialization;

namespace AotSidecar.Bridge;

/// <summary>
/// The messages of the bridge: camelCase, and read liberally, since a newer host may send members that this version
/// does not know.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JsonRpcMessage))]
[JsonSerializable(typeof(JsonRpcReceivedError))]
[JsonSerializable(typeof(JsonRpcRequest))]
[JsonSerializable(typeof(JsonRpcNotification))]
[JsonSerializable(typeof(JsonRpcResult))]
[JsonSerializable(typeof(JsonRpcFailure))]
[JsonSerializable(typeof(CancelParams))]
[JsonSerializable(typeof(InitializeParams))]
[JsonSerializable(typeof(InitializeResult))]
[JsonSerializable(typeof(InitializedParams))]
[JsonSerializable(typeof(GetSecretParams))]
[JsonSerializable(typeof(GetSecretResult))]
internal sealed partial class BridgeJson : JsonSerializerContext;
