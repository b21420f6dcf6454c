using System.Runtime.CompilerServices;

namespace AotSidecar.Tests.Documents;

/// <summary>The files of the repository that people write, found on disk, so that no git is needed.</summary>
internal static class Repository
{
    private static readonly string[] Generated =
        [".git", ".nuget", "artifacts", "bin", "dist", "node_modules", "obj", "TestResults"];

    private static readonly string[] Text =
        [".cs", ".mjs", ".ts", ".js", ".md", ".sh", ".yml", ".props", ".csproj", ".json", ".xml", ".html", ".css", ".txt", ""];

    public static string Root { get; } = FindRoot();

    /// <summary>Relative paths with slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Walk(Root).Select(static file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string folder) => Directory
        .EnumerateFiles(folder).Where(static file => Text.Contains(Path.GetExtension(file)))
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(static inner => !Generated.Contains(Path.GetFileName(inner)))
            .SelectMany(Walk));

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
