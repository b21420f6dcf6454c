namespace AotSidecar.Storage;

/// <summary>Event ids 410 to 419.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(410, LogLevel.Error, "the data directory failed: {Kind} ({Code})")]
    public static partial void StorageFailed(this ILogger logger, string kind, int code);

    [LoggerMessage(411, LogLevel.Error, "{File} is damaged and was moved to set-aside")]
    public static partial void FileSetAside(this ILogger logger, string file);

    [LoggerMessage(412, LogLevel.Warning, "the last {Bytes} bytes of {File} are no whole record and were cut")]
    public static partial void TailCut(this ILogger logger, string file, int bytes);

    [LoggerMessage(413, LogLevel.Information, "the index of threads was made again: {Threads} threads")]
    public static partial void IndexRebuilt(this ILogger logger, int threads);

    [LoggerMessage(414, LogLevel.Warning, "{Threads} threads of the index have no journal any more")]
    public static partial void JournalsMissing(this ILogger logger, int threads);
}
