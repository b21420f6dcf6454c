namespace AotSidecar.ChatKit;

/// <summary>Event ids 400 to 499. Threads and items are named by id; nothing that was said is ever logged.</summary>
internal static partial class ChatKitLog
{
    [LoggerMessage(400, LogLevel.Warning, "the provider failed: {Code}, request {RequestId}")]
    public static partial void ProviderFailed(this ILogger logger, string code, string requestId);

    [LoggerMessage(401, LogLevel.Error, "a turn failed")]
    public static partial void TurnFailed(this ILogger logger, Exception exception);

    [LoggerMessage(402, LogLevel.Debug, "{Operation} on {Thread}")]
    public static partial void Operation(this ILogger logger, string operation, string thread);

    [LoggerMessage(403, LogLevel.Debug, "a stream was cut: {Reason}")]
    public static partial void StreamEnded(this ILogger logger, string reason);

    [LoggerMessage(404, LogLevel.Warning, "the host's answer to {Method} was refused: {What}")]
    public static partial void HostAnswerRefused(this ILogger logger, string method, string what);

    [LoggerMessage(405, LogLevel.Debug, "ran tool {Tool}: {Outcome}")]
    public static partial void ToolRan(this ILogger logger, string tool, string outcome);
}
