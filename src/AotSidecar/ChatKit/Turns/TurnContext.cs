using AotSidecar.Secrets;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Turns;

/// <summary>What one streaming operation needs.</summary>
/// <param name="Options">Model and tool that the user message asked for.</param>
internal sealed record TurnContext(
    Session Session, Provider Provider, TurnPipeline Pipeline, Protocol.InferenceOptions? Options);
