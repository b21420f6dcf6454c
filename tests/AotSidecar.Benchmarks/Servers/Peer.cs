namespace AotSidecar.Benchmarks.Servers;

/// <summary>A program to compare with: how it starts, and which of the measured requests it can answer.</summary>
/// <param name="Name">Column of the table.</param>
/// <param name="Command">File and arguments for a port and the provider's origin.</param>
/// <param name="FirstRequest">The cheapest request that it answers with a success.</param>
internal sealed record Peer(string Name, Func<int, string, string[]> Command, Func<int, byte[]> FirstRequest)
{
    public string StandardInput { get; init; } = "";

    public Func<int, byte[]>? SmallRequest { get; init; }

    /// <summary>A streamed answer of the named model.</summary>
    public Func<int, string, byte[]>? Stream { get; init; }

    /// <summary>The file, or the folder, that a user would have to ship.</summary>
    public string? Payload { get; init; }

    public ServerProcess Start(int port, string provider, string folder)
    {
        var command = Command(port, provider);
        return new ServerProcess(command[0], command[1..], StandardInput, folder);
    }
}
