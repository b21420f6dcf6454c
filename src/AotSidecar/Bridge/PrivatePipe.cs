using System.IO.Pipes;
using AotSidecar.Crypto;
using AotSidecar.Process;

namespace AotSidecar.Bridge;

/// <summary>
/// A pipe that only this user can reach, for the commands that are their own host (demo, doctor). On Unix the umask
/// sets the socket's mode, so its directory protects it instead: mode 0700, with a short path because socket paths are
/// limited to about 100 bytes. On Windows an unguessable name and the pipe's access list do the same.
/// </summary>
internal sealed class PrivatePipe : IDisposable
{
    private readonly string? _directory;

    private PrivatePipe(string path, string? directory) => (Path, _directory) = (path, directory);

    /// <summary>A socket's path, or a pipe's name on Windows.</summary>
    public string Path { get; }

    public static PrivatePipe Create()
    {
        var name = $"aotsidecar-{SystemRandom.GetHex(16)}";
        if (OperatingSystem.IsWindows())
        {
            return new PrivatePipe(name, directory: null);
        }

        var directory = Directory.CreateTempSubdirectory("aot-").FullName;
        return new PrivatePipe(System.IO.Path.Combine(directory, "p"), directory);
    }

    /// <exception cref="FatalException">The temporary directory's path is too long for a socket.</exception>
    public NamedPipeServerStream Listen()
    {
        try
        {
            return new(Path, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        }
        catch (ArgumentException)
        {
            throw new FatalException(
                "bridge_unavailable", ExitCode.Bridge, "the temporary directory's path is too long for a socket; set TMPDIR to a shorter one");
        }
    }

    public void Dispose()
    {
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
