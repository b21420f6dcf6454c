using System.Text;

namespace AotSidecar.Tests.Providers;

/// <summary>Recorded shapes of real streams, with invented values, and the ways in which servers vary them.</summary>
internal static class Fixture
{
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.sse").Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Providers", "Fixtures");

    public static byte[] Bytes(string name) =>
        File.ReadAllBytes(Path.Combine(Folder, Path.HasExtension(name) ? name : name + ".sse"));

    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));

    /// <summary>The events, each as its lines without the blank one.</summary>
    public static List<string> Events(string name) =>
        [.. Text(name).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];

    public static string Join(IEnumerable<string> events) => string.Concat(events.Select(lines => lines + "\n\n"));

    /// <summary>The JSON of an event.</summary>
    public static string Data(string lines) =>
        lines.Split('\n').Single(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..];

    public static bool IsType(string lines, string type) =>
        lines.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal);
}
