using System.Globalization;
using System.Text.RegularExpressions;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Every case of docs/chatkit.md#conformance-cases is held by a test whose name begins with its number.</summary>
public sealed partial class ConformanceTableTests
{
    /// <summary>The list's numbers; the ones that are missing here are missing there.</summary>
    private static readonly int[] Cases =
    [
        .. Enumerable.Range(1, 31), 33, 35, 37, 38, 40, 42, 43, 45, 46, 47, 48, 50, .. Enumerable.Range(52, 11),
        .. Enumerable.Range(64, 9), .. Enumerable.Range(75, 9), 85, 87, 88, 90, 91, 93, 94, 95, 96, 97,
    ];

    [Fact]
    public void Cases_OnThePublishedExecutable_AreAllHeld() => Assert.Equal(Cases.Order(), Held().Order());

    private static HashSet<int> Held()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "AotSidecar.NativeTests", "ChatKit");
        return [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestName().Matches(File.ReadAllText(file)))
            .SelectMany(match => Expand(match.Groups[1].Value))];
    }

    /// <param name="name">Such as <c>Case15And17And18</c> or <c>Case28To31</c>.</param>
    private static IEnumerable<int> Expand(string name) => name["Case".Length..].Split("And").SelectMany(part =>
    {
        int[] ends = [.. part.Split("To").Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });

    [GeneratedRegex(@"public (?:async Task|void) (Case[0-9]+(?:(?:And|To)[0-9]+)*)_")]
    private static partial Regex TestName();
}
