using System.Globalization;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Harness;

/// <summary>A file system of its own, so small that a test can fill it. Mounting takes root, or <c>sudo</c> that does not ask.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aot-disk-");

    private SmallDisk()
    {
    }

    public string Path => _folder.FullName;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static async Task<SmallDisk> MountAsync(int kibibytes)
    {
        var disk = new SmallDisk();
        var size = kibibytes.ToString(CultureInfo.InvariantCulture);
        await AsRootAsync("mount", "-t", "tmpfs", "-o", $"size={size}k,mode=0777", "tmpfs", disk.Path);
        return disk;
    }

    /// <summary>From now on nothing on it can be changed. Nothing on it may be open for writing.</summary>
    public Task ForbidWritesAsync() => AsRootAsync("mount", "-o", "remount,ro", Path);

    public Task AllowWritesAsync() => AsRootAsync("mount", "-o", "remount,rw", Path);

    /// <summary>Takes the last byte of it.</summary>
    public async Task FillAsync()
    {
        await using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                await filler.WriteAsync(block);
            }
        }
        catch (IOException)
        {
            // full
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await AsRootAsync("umount", "--lazy", Path);
        _folder.Delete();
    }

    private static Task AsRootAsync(string program, params string[] arguments) => Posix.IsRoot
        ? Tool.RunAsync(program, "mount", "/", arguments, Deadline.Token())
        : Tool.RunAsync("sudo", "sudo", "/", ["-n", program, .. arguments], Deadline.Token());
}
