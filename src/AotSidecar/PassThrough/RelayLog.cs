namespace AotSidecar.PassThrough;

/// <summary>Event ids 500 to 599.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(500, LogLevel.Warning, "the provider failed a forwarded request: {Code}")]
    public static partial void RelayFailed(this ILogger logger, string code);

    [LoggerMessage(501, LogLevel.Debug, "a forwarded request was ended early: {Code}")]
    public static partial void RelayEnded(this ILogger logger, string code);
}
