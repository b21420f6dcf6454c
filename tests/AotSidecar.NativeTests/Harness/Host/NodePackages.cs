namespace AotSidecar.NativeTests.Harness;

/// <summary>The packages of the Node host, installed from its lock file when a checkout has none yet.</summary>
internal static class NodePackages
{
    // A registry may be slow; it is asked once per checkout.
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(3);

    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>The folder of <c>host.mjs</c>, ready to run.</summary>
    public static Task<string> FolderAsync() => Installed.Value;

    private static async Task<string> InstallAsync()
    {
        using var limit = new CancellationTokenSource(InstallTime, TimeProvider.System);
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "AotSidecar.NativeTests", "NodeHost");
        var turn = Path.Combine(RepositoryRoot.Path, "artifacts", "native-tests", "node-host.lock");
        await using var alone = await FileLock.AcquireAsync(turn, limit.Token);
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            // npm is a script, which Windows runs only by its whole name
            await Tool.RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "npm", folder, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], limit.Token);
        }

        await Tool.RunAsync("node", "nodejs", folder, ["--version"], limit.Token);
        return folder;
    }
}
