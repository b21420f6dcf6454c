using AotSidecar.Secrets;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Turns;

/// <summary>What one streaming operation works with.</summary>
/// <param name="Options">Of the user message that is being answered: the model and tool it names.</param>
internal sealed record TurnContext(
    Session Session, Provider Provider, TurnPipeline Pipeline, Protocol.InferenceOptions? Options);
