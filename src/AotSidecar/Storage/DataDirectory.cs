using System.Globalization;
using AotSidecar.Http;
using AotSidecar.Process;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>
/// The directory of <c>--data-dir</c>, which belongs to one process at a time. Layout: docs/storage.md#the-directory.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>
    /// A reloaded editor window starts its sidecar while the previous one, which has 5 s, may still be ending.
    /// </summary>
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LockPeriod = TimeSpan.FromMilliseconds(50);

    /// <summary>ENOSPC and EDQUOT, and what Windows calls them.</summary>
    private static readonly int[] DiskFullCodes = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>EWOULDBLOCK on Linux and on macOS, and the sharing violation of Windows.</summary>
    private static readonly int[] InUseCodes = [11, 35, unchecked((int)0x80070020)];

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private const UnixFileMode OpenToOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string _setAside;
    private readonly SafeFileHandle _lock;
    private readonly RequestCounters _counters;
    private readonly ILogger _logger;

    private DataDirectory(string path, SafeFileHandle exclusive, RequestCounters counters, ILogger logger)
    {
        Threads = Path.Combine(path, "threads");
        Attachments = Path.Combine(path, "attachments");
        Index = Path.Combine(path, "threads.index");
        _setAside = Path.Combine(path, "set-aside");
        (_lock, _counters, _logger) = (exclusive, counters, logger);
    }

    public string Threads { get; }

    public string Attachments { get; }

    public string Index { get; }

    /// <exception cref="FatalException">Another process uses it, or it is unusable.</exception>
    public static async Task<DataDirectory> OpenAsync(
        string path, RequestCounters counters, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            RefuseOthers(path);
            RefuseOthersLink(path);
            PrivateFiles.CreateDirectory(path);
            var exclusive = await LockAsync(Path.Combine(path, "lock"), clock, cancellationToken)
                ?? throw new FatalException(
                    "data_dir_in_use", ExitCode.InternalError, $"another aotsidecar is using the data directory {path}; end it, or choose another --data-dir");
            RefuseWithoutLocks(path);
            var directory = new DataDirectory(path, exclusive, counters, logger);
            PrivateFiles.CreateDirectory(directory.Threads);
            PrivateFiles.CreateDirectory(directory.Attachments);
            PrivateFiles.CreateDirectory(directory._setAside);
            return directory;
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e) || e is NotSupportedException or ArgumentException)
        {
            throw new FatalException(
                "data_dir_unusable", ExitCode.InternalError, $"the data directory {path} cannot be used ({e.GetType().Name}); choose a directory that this user can write");
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Logs the failure and maps it.</summary>
    public StorageException Failed(Exception e)
    {
        _counters.Add("storage", "failed");
        _logger.StorageFailed(e.GetType().Name, e.HResult);
        return new StorageException(DiskFullCodes.Contains(e.HResult) || e is ArgumentOutOfRangeException ? StorageFailure.DiskFull : StorageFailure.Failed);
    }

    /// <summary>Moves a damaged file to <c>set-aside</c>, for a person to look at.</summary>
    public void SetAside(string path)
    {
        _counters.Add("storage", "set_aside");
        var name = Path.GetFileName(path);
        try
        {
            File.Move(path, FreeName(name));
            _logger.FileSetAside(name);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            // The file stays, and will be found damaged again.
            _logger.StorageFailed(e.GetType().Name, e.HResult);
        }
    }

    /// <summary>Copies a journal's bad end to <c>set-aside</c> before it is cut.</summary>
    public void KeepTail(string path, ReadOnlySpan<byte> tail)
    {
        _counters.Add("storage", "tail_cut");
        var name = Path.GetFileName(path);
        _logger.TailCut(name, tail.Length);
        try
        {
            using var handle = PrivateFiles.Open(FreeName(name + ".tail"), FileMode.CreateNew);
            RandomAccess.Write(handle, tail, 0);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            _logger.StorageFailed(e.GetType().Name, e.HResult);
        }
    }

    public void IndexRebuilt(int threads) => _logger.IndexRebuilt(threads);

    /// <summary>
    /// Threads in the index without a journal: deleted by somebody else, or by us just before a crash.
    /// </summary>
    public void Missing(int threads)
    {
        if (threads > 0)
        {
            _counters.Add("storage", "missing");
            _logger.JournalsMissing(threads);
        }
    }

    private string FreeName(string name)
    {
        var path = Path.Combine(_setAside, name);
        for (var n = 1; File.Exists(path); n++)
        {
            path = Path.Combine(_setAside, name + "." + n.ToString(CultureInfo.InvariantCulture));
        }

        return path;
    }

    /// <summary>
    /// Refuses a directory with other content that other users may read: changing its mode could break things.
    /// </summary>
    private static void RefuseOthers(string path)
    {
        if (!OperatingSystem.IsWindows() && Directory.Exists(path) && !File.Exists(Path.Combine(path, "lock"))
            && (File.GetUnixFileMode(path) & OpenToOthers) != 0 && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new FatalException(
                "data_dir_unusable", ExitCode.InternalError, $"the data directory {path} holds other things and is open to other users; choose an empty or a new directory");
        }
    }

    /// <summary>Whoever made the link decides where our files go, and can change that while we run.</summary>
    private static void RefuseOthersLink(string path)
    {
        if (!OperatingSystem.IsWindows() && PrivateFiles.IsLinkOfAnother(Path.TrimEndingDirectorySeparator(path)))
        {
            throw new FatalException(
                "data_dir_unusable", ExitCode.InternalError, $"the data directory {path} is a link that belongs to another user; name the directory itself");
        }
    }

    /// <summary>Some network file systems have no locks and .NET ignores that: there a second lock succeeds.</summary>
    private static void RefuseWithoutLocks(string path)
    {
        try
        {
            PrivateFiles.Open(Path.Combine(path, "lock"), FileMode.Open, FileShare.None).Dispose();
        }
        catch (IOException e) when (InUseCodes.Contains(e.HResult))
        {
            return;
        }

        throw new FatalException(
            "data_dir_unusable", ExitCode.InternalError, $"the file system of the data directory {path} has no locks, so two sidecars could spoil it; choose a local directory");
    }

    private static async Task<SafeFileHandle?> LockAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var begun = clock.GetTimestamp(); ;)
        {
            try
            {
                return PrivateFiles.Open(path, FileMode.OpenOrCreate, FileShare.None);
            }
            catch (IOException e) when (InUseCodes.Contains(e.HResult))
            {
                if (clock.GetElapsedTime(begun) >= LockTime)
                {
                    return null;
                }
            }

            await Task.Delay(LockPeriod, clock, cancellationToken);
        }
    }
}
