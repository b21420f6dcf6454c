namespace AotSidecar.Bridge;

/// <summary>Event ids 100 to 199. Neither payloads nor the peer's words are logged.</summary>
internal static partial class BridgeLog
{
    [LoggerMessage(100, LogLevel.Information, "bridge is up with host {Name} {Version}")]
    public static partial void BridgeUp(this ILogger logger, string name, string version);

    [LoggerMessage(101, LogLevel.Information, "bridge closed by the host")]
    public static partial void BridgeClosed(this ILogger logger);

    [LoggerMessage(102, LogLevel.Error, "bridge broken: {What}")]
    public static partial void BridgeBroken(this ILogger logger, string what);

    [LoggerMessage(103, LogLevel.Warning, "refused a message of the host: {What}")]
    public static partial void MessageRefused(this ILogger logger, string what);

    [LoggerMessage(104, LogLevel.Debug, "dropped a reply that answers no call")]
    public static partial void ReplyDropped(this ILogger logger);

    [LoggerMessage(105, LogLevel.Warning, "too many calls of the host at once; refused {Method}")]
    public static partial void HandlersBusy(this ILogger logger, string method);

    [LoggerMessage(106, LogLevel.Error, "failed to handle {Method}")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception, string method);

    [LoggerMessage(107, LogLevel.Debug, "called {Method}: {Outcome}")]
    public static partial void Called(this ILogger logger, string method, string outcome);

    [LoggerMessage(108, LogLevel.Warning, "the host's answer for a key was refused: {What}")]
    public static partial void SecretRefused(this ILogger logger, string what);

    [LoggerMessage(109, LogLevel.Error, "failed to read a message of the host")]
    public static partial void ReadingFailed(this ILogger logger, Exception exception);
}
