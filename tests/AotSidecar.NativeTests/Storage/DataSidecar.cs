using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Storage;

/// <summary>A data directory of a test, and sidecars that take turns with it.</summary>
internal sealed class DataSidecar : IDisposable
{
    /// <summary>Requests a minute: for a load, not for a person.</summary>
    public const string Unlimited = ""","rateLimits":{"maxRequestsPer1Minute":100000}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aot-data-");

    public DataSidecar() => Path = System.IO.Path.Combine(_folder.FullName, "data");

    /// <summary>A new folder for the test, beside its data directory.</summary>
    public string Folder => _folder.FullName;

    /// <summary>The data directory, which is not there yet.</summary>
    public string Path { get; init; }

    /// <summary>How it is named to the sidecar, when otherwise.</summary>
    public string? Name { get; init; }

    public string ThreadsPath => System.IO.Path.Combine(Path, "threads");

    public string IndexPath => System.IO.Path.Combine(Path, "threads.index");

    public IReadOnlyList<string> Flags => ["--data-dir", Name ?? Path];

    public string JournalPath(string threadId) => System.IO.Path.Combine(ThreadsPath, threadId + ".journal");

    /// <summary>What was set aside, by name.</summary>
    public IReadOnlyList<string> SetAside() =>
        [.. Directory.GetFiles(System.IO.Path.Combine(Path, "set-aside")).Select(static path => System.IO.Path.GetFileName(path)).Order()];

    public Task<Sidecar> StartAsync(Func<Launch, Launch>? launch = null) => Sidecar.StartAsync(new SidecarSetup
    {
        LogLevel = "info",
        Flags = Flags,
        Launch = launch ?? (static usual => usual),
    });

    /// <summary>Runs a sidecar on the directory that is not expected to come up.</summary>
    public async Task<SidecarProcess> StartRefusedAsync(BridgeHost host) => await SidecarProcess.StartAsync(
        new Launch(["serve", "--bridge", host.PipePath, .. Flags]) { Input = host.LaunchLine });

    public static async Task StopAsync(Sidecar sidecar)
    {
        sidecar.Process.AskToEnd();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    public static async Task<JsonNode> AskAsync(Sidecar sidecar, Session session, string body)
    {
        var reply = await sidecar.ChatAsync(session, body);
        return reply.Status == 200 ? reply.Json : throw new InvalidOperationException(reply.ToString());
    }

    /// <summary>A whole turn that must not fail.</summary>
    /// <returns>The thread's id.</returns>
    public static async Task<string> TurnAsync(Sidecar sidecar, Session session, string text, string? threadId = null)
    {
        using var stream = await (await sidecar.StreamAsync(session, text, threadId)).ToEndAsync();
        Assert.Null(stream.Error);
        return threadId ?? stream.ThreadId;
    }

    /// <summary>All pages of a list, as ids.</summary>
    public static async Task<List<string>> ListAsync(Sidecar sidecar, Session session, string? threadId = null) =>
        [.. (await ListWholeAsync(sidecar, session, threadId)).Select(static element => (string)element["id"]!)];

    /// <summary>All pages of the list of threads, or of a thread's items, oldest first.</summary>
    public static async Task<List<JsonNode>> ListWholeAsync(Sidecar sidecar, Session session, string? threadId = null)
    {
        var all = new List<JsonNode>();
        for (string? after = null; ;)
        {
            var cursor = after is null ? "" : $""","after":"{after}" """;
            var page = await AskAsync(sidecar, session, threadId is null
                ? $$$"""{"type":"threads.list","params":{"limit":1000,"order":"asc"{{{cursor}}}}}"""
                : $$$"""{"type":"items.list","params":{"thread_id":"{{{threadId}}}","limit":1000,"order":"asc"{{{cursor}}}}}""");
            all.AddRange(page["data"]!.AsArray().Select(static element => element!));
            if (!(bool)page["has_more"]!)
            {
                return all;
            }

            after = (string?)page["after"];
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
