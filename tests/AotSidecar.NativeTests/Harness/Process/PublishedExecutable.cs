using System.Globalization;
using System.Runtime.InteropServices;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// The program under test: the one that AOTSIDECAR_EXE names, or a native publish of this checkout, made once and kept
/// until a source file changes.
/// </summary>
internal static class PublishedExecutable
{
    // Native compilation takes a minute on an idle machine; several builds may share two cores.
    private static readonly TimeSpan PublishTime = TimeSpan.FromMinutes(15);

    private static readonly Lazy<Task<string>> Located = new(LocateAsync);

    public static string FileName { get; } = OperatingSystem.IsWindows() ? "aotsidecar.exe" : "aotsidecar";

    public static Task<string> PathAsync() => Located.Value;

    private static async Task<string> LocateAsync()
    {
        if (RunSettings.Executable is { } given)
        {
            return File.Exists(given) ? Path.GetFullPath(given) : throw new FileNotFoundException("AOTSIDECAR_EXE", given);
        }

        using var limit = new CancellationTokenSource(PublishTime, TimeProvider.System);
        var folder = Path.Combine(
            RepositoryRoot.Path, "artifacts", "native-tests", RuntimeInformation.RuntimeIdentifier);
        await using var turn = await FileLock.AcquireAsync(folder + ".lock", limit.Token);
        var executable = Path.Combine(folder, FileName);
        var stamp = folder + ".stamp";
        var sources = SourceStamp();
        if (!File.Exists(executable) || !File.Exists(stamp) || await File.ReadAllTextAsync(stamp, limit.Token) != sources)
        {
            await Tool.RunAsync("dotnet", "dotnet-sdk-10.0", RepositoryRoot.Path, PublishArguments(folder), limit.Token);
            await File.WriteAllTextAsync(stamp, sources, limit.Token);
        }

        return executable;
    }

    private static string[] PublishArguments(string folder) =>
    [
        "publish", "src/AotSidecar", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", folder,
        "-nodereuse:false", "-v", "minimal",
    ];

    private static string SourceStamp()
    {
        var project = Path.Combine(RepositoryRoot.Path, "src", "AotSidecar");
        var files = Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(project, file).Split('/', '\\')[0].StartsWithAny("bin", "obj"))
            .Concat(Directory.EnumerateFiles(RepositoryRoot.Path, "*.props"))
            .Append(Path.Combine(RepositoryRoot.Path, "rd.xml"))
            .Append(Path.Combine(RepositoryRoot.Path, "global.json"))
            .ToList();
        var newest = files.Max(File.GetLastWriteTimeUtc);
        return string.Create(CultureInfo.InvariantCulture, $"{files.Count} files, newest {newest:O}");
    }

    private static bool StartsWithAny(this string folder, params ReadOnlySpan<string> names) => names.Contains(folder);
}
