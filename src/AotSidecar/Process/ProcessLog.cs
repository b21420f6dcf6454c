namespace AotSidecar.Process;

/// <summary>Event ids 1 and 4 to 99.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(1, LogLevel.Information, "listening on 127.0.0.1:{Port}")]
    public static partial void Listening(this ILogger logger, int port);

    [LoggerMessage(4, LogLevel.Information, "stopping: {Reason}; {Streams} streams running")]
    public static partial void Stopping(this ILogger logger, string reason, int streams);

    [LoggerMessage(5, LogLevel.Warning, "{Streams} streams did not end in time and were cut")]
    public static partial void StreamsCut(this ILogger logger, int streams);

    [LoggerMessage(6, LogLevel.Information, "stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "log level is now {Level}")]
    public static partial void LogLevelSet(this ILogger logger, string level);
}
