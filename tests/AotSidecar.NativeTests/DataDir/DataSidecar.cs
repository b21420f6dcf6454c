using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.DataDir;

/// <summary>A data directory of a test, and sidecars that take turns with it.</summary>
internal sealed class DataSidecar : IDisposable
{
    /// <summary>A minute's worth of a load, not of a person.</summary>
    public const string Unlimited = ""","rateLimits":{"maxRequestsPer1Minute":100000}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aot-data-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "data");

    public IReadOnlyList<string> Flags => ["--data-dir", Path];

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

    /// <summary>All pages of a list, as ids.</summary>
    public static async Task<List<string>> ListAsync(Sidecar sidecar, Session session, string? threadId = null)
    {
        var ids = new List<string>();
        for (string? after = null; ;)
        {
            var cursor = after is null ? "" : $""","after":"{after}" """;
            var page = await AskAsync(sidecar, session, threadId is null
                ? $$$"""{"type":"threads.list","params":{"limit":1000,"order":"asc"{{{cursor}}}}}"""
                : $$$"""{"type":"items.list","params":{"thread_id":"{{{threadId}}}","limit":1000,"order":"asc"{{{cursor}}}}}""");
            ids.AddRange(page["data"]!.AsArray().Select(static element => (string)element!["id"]!));
            if (!(bool)page["has_more"]!)
            {
                return ids;
            }

            after = (string?)page["after"];
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
