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

    [LoggerMessage(406, LogLevel.Warning, "{Count} tools of the host were left out: a name beyond A-Z a-z 0-9 _ - or 64 characters, twice the same name, no object as inputSchema, or more than 128")]
    public static partial void ToolsLeftOut(this ILogger logger, int count);

    [LoggerMessage(407, LogLevel.Debug, "a thread was named, in {Length} characters")]
    public static partial void ThreadNamed(this ILogger logger, int length);

    [LoggerMessage(408, LogLevel.Debug, "a thread kept its first line as its title: {Reason}")]
    public static partial void TitleFailed(this ILogger logger, string reason);
}
