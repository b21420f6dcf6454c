using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>Where things are: sources, the cache of built peers, and the empty folder that programs are started in.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly string _root = FindRoot();

    /// <summary>Empty and readable by this user only: it holds the bridge's sockets.</summary>
    public string EmptyFolder { get; } = Directory.CreateTempSubdirectory("aotsidecar-bench-").FullName;

    public string Source(string path) => Path.Combine(_root, "tests", "AotSidecar.Benchmarks", path);

    public string Cached(string path) => Path.Combine(_root, "artifacts", "benchmarks", path);

    /// <summary>The published sidecar, built when there is none or when a source file is newer.</summary>
    public string Sidecar()
    {
        var file = Path.Combine(_root, "artifacts", RuntimeInformation.RuntimeIdentifier, "aotsidecar");
        var sources = new DirectoryInfo(Path.Combine(_root, "src", "AotSidecar"))
            .EnumerateFiles("*.cs*", SearchOption.AllDirectories)
            .Where(source => !source.FullName.Contains("/obj/", StringComparison.Ordinal));
        if (!File.Exists(file) || sources.Any(source => source.LastWriteTimeUtc > File.GetLastWriteTimeUtc(file)))
        {
            Tool.Run(_root, Path.Combine(_root, "publish.sh"), [RuntimeInformation.RuntimeIdentifier]);
        }

        return file;
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose() => Directory.Delete(EmptyFolder, recursive: true);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AotSidecar.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("AotSidecar.sln was not found.");
        }

        return folder;
    }
}
