using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>
/// Files and directories that only their owner can open. On Windows the user's profile is private already.
/// </summary>
internal static partial class PrivateFiles
{
    /// <summary>Larger than the system's structure.</summary>
    private const int StatusSize = 256;

    private const int OwnerAt = 8;

    [UnsupportedOSPlatform("windows")]
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [UnsupportedOSPlatform("windows")]
    private const UnixFileMode DirectoryMode700 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, DirectoryMode700);
        File.SetUnixFileMode(path, DirectoryMode700);
    }

    public static SafeFileHandle Open(string path, FileMode mode, FileShare share = FileShare.ReadWrite | FileShare.Delete)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = FileMode600;
        }

        // FileStream is the only API that takes a new file's mode; its handle outlives it.
        return new FileStream(path, options).SafeFileHandle;
    }

    /// <summary>Replaces a file atomically, even across a power cut.</summary>
    public static void Replace(string path, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        var fresh = path + ".new";
        using (var handle = Open(fresh, FileMode.Create))
        {
            long at = 0;
            foreach (var part in parts)
            {
                RandomAccess.Write(handle, part.Span, at);
                at += part.Length;
            }

            RandomAccess.FlushToDisk(handle);
        }

        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Whether the path is a symbolic link that neither this user nor root made.</summary>
    [UnsupportedOSPlatform("windows")]
    public static bool IsLinkOfAnother(string path)
    {
        if (new FileInfo(path).LinkTarget is null)
        {
            return false;
        }

        // The runtime's own layout of a file's status, the same on every system: flags, mode, owner, and more.
        Span<byte> status = stackalloc byte[StatusSize];
        return LStat(path, status) != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(status[OwnerAt..]) is var owner && owner != 0 && owner != GetEffectiveUser();
    }

    /// <summary>
    /// Exceptions that mean a problem of the file system and not a bug. The last one is how .NET reports the process's
    /// file size limit.
    /// </summary>
    public static bool IsStorageError(Exception e) =>
        e is IOException or UnauthorizedAccessException
            or ArgumentOutOfRangeException { ParamName: "value" };

#pragma warning disable CA5393 // linked into the executable; beside the assembly only where it is run without publishing
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_LStat", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int LStat(string path, Span<byte> status);
#pragma warning restore CA5393

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUser();
}
