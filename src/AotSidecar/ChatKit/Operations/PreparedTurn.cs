using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;

namespace AotSidecar.ChatKit.Operations;

/// <summary>A streaming operation, checked and with its thread taken; nothing has been changed yet.</summary>
/// <param name="Open">Stores what the user did and sends it, before anything is asked of the model.</param>
/// <param name="Respond">Produces the rest of the stream.</param>
/// <param name="Message">What the user said, if that is what began the turn.</param>
internal sealed record PreparedTurn(
    StoredThread Thread,
    Action<TurnPipeline> Open,
    Func<TurnContext, CancellationToken, Task> Respond,
    InferenceOptions? Options = null,
    UserMessageItem? Message = null)
{
    /// <summary>In memory, for the thread's way to the model.</summary>
    public IDisposable? Room { get; init; }
}
