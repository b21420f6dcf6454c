using AotSidecar.Secrets;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Turns;

/// <summary>What one streaming operation needs.</summary>
/// <param name="Place">Taken before the model is asked; an action begins without it while another turn runs.</param>
/// <param name="Options">Model and tool that the user message asked for.</param>
internal sealed record TurnContext(
    Session Session, Provider Provider, TurnPipeline Pipeline, TurnPlace Place, Protocol.InferenceOptions? Options);
