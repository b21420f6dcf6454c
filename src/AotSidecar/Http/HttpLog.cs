namespace AotSidecar.Http;

/// <summary>Event ids 2 and 3.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(2, LogLevel.Debug, "refused a request: {Code} ({Status})")]
    public static partial void RequestRefused(this ILogger logger, string code, int status);

    [LoggerMessage(3, LogLevel.Error, "failed to handle a request")]
    public static partial void RequestFailed(this ILogger logger, Exception exception);
}
