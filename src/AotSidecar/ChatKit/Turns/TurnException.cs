using AotSidecar.ChatKit.Protocol;
using AotSidecar.Http;

namespace AotSidecar.ChatKit.Turns;

/// <summary>Ends a streaming operation with one error event that its reader should see.</summary>
internal sealed class TurnException(ErrorEvent error) : Exception(error.Reason ?? error.Code)
{
    public ErrorEvent Error { get; } = error;

    /// <summary>The memory budget has no space for a turn of this size now: <see cref="MemoryBudget"/>.</summary>
    public static TurnException MemoryFull => Custom(Problem.MemoryFull.Code, Problem.MemoryFull.Message, allowRetry: true);

    /// <param name="reason">The machine-readable code.</param>
    public static TurnException Custom(string reason, string message, bool allowRetry = false) =>
        new(new ErrorEvent { Code = ErrorEvent.Custom, Message = message, AllowRetry = allowRetry, Reason = reason });
}
