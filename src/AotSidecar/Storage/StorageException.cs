using AotSidecar.Failures;
using AotSidecar.Http;

namespace AotSidecar.Storage;

internal enum StorageFailure
{
    /// <summary>Disk full, or quota exceeded.</summary>
    DiskFull,

    /// <summary>Any other error of the file system.</summary>
    Failed,

    /// <summary>A damaged journal; it has been set aside.</summary>
    Unreadable,

    /// <summary>A thread at its bound.</summary>
    TooLarge,

    /// <summary>Out of memory: <see cref="MemoryBudget"/>.</summary>
    MemoryFull,
}

/// <summary>The data directory cannot do what is asked. Nothing has changed, on disk or in memory.</summary>
internal sealed class StorageException(StorageFailure reason) : FailureException(ToFailure(reason))
{
    public StorageFailure Reason { get; } = reason;

    private static Failure ToFailure(StorageFailure reason) => reason switch
    {
        StorageFailure.DiskFull => new(
            507,
            "storage_full",
            "this could not be kept because the disk is full; free some space and try again",
            Retryable: true),
        StorageFailure.TooLarge => new(
            507, "thread_too_large", "this conversation has become too large to keep; start a new one"),
        StorageFailure.MemoryFull => Failures.Failure.MemoryFull,
        StorageFailure.Unreadable => new(
            500, "thread_unreadable", "this conversation's file is damaged; it was set aside in the data directory"),
        _ => new(
            507,
            "storage_failed",
            "this could not be kept because the data directory cannot be written; the sidecar's log has the reason",
            Retryable: true),
    };
}
