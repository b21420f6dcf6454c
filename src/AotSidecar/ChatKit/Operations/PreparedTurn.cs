using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;

namespace AotSidecar.ChatKit.Operations;

/// <summary>A streaming operation that has been checked and has claimed its thread. Nothing is changed yet.</summary>
/// <param name="Open">Stores and sends the user's change, before the model is asked.</param>
/// <param name="Respond">Produces the rest of the stream.</param>
/// <param name="Message">What the user said, if that is what began the turn.</param>
internal sealed record PreparedTurn(
    StoredThread Thread,
    Action<TurnPipeline> Open,
    Func<TurnContext, CancellationToken, Task> Respond,
    InferenceOptions? Options = null,
    UserMessageItem? Message = null)
{
    /// <summary>Memory reserved for sending the thread to the model.</summary>
    public IDisposable? Room { get; init; }
}
