using System.Globalization;
using System.Text.RegularExpressions;

namespace AotSidecar.Tests.Documents;

/// <summary>Whatever a comment or a test's name cites is in the documents of this repository.</summary>
public sealed partial class CitationTests
{
    private static readonly HashSet<string> Cases = new Markdown("docs/chatkit.md").FirstCells;
    private static readonly HashSet<string> Rows =
        [.. new Markdown("docs/security.md").FirstCells, .. new Markdown("docs/providers.md").FirstCells];

    private static readonly string[] Code =
        [.. Repository.Files.Where(static file => !file.EndsWith(".md", StringComparison.Ordinal) && !file.StartsWith("docs/", StringComparison.Ordinal))];

    private static readonly string[] Tests =
        [.. Code.Where(static file => file.StartsWith("tests/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))];

    [Fact]
    public void Section_ThatACommentCites_IsThere() => Assert.Empty(
        from file in Code
        from Match cited in Section().Matches(Repository.Read(file))
        where !IsThere(cited.Groups[1].Value, cited.Groups[2].Value)
        select $"{file}: {cited.Value}");

    [Fact]
    public void Case_ThatATestIsNamedAfter_IsThere() => Assert.Empty(
        from file in Tests
        from Match name in CaseName().Matches(Repository.Read(file))
        from number in Numbers(name.Groups[1].Value)
        where !Cases.Contains(number)
        select $"{file}: case {number}");

    [Fact]
    public void Row_ThatATestCarries_IsThere() => Assert.Empty(
        from file in Tests
        from Match row in Row().Matches(Repository.Read(file))
        from number in RowNumbers(row)
        where !Rows.Contains(number)
        select $"{file}: row {number}");

    /// <summary>Documents that are not here, issues of a tracker that readers do not have, and paths of one machine.</summary>
    [Fact]
    public void Nothing_OutsideTheRepository_IsCited() => Assert.Empty(
        from file in Repository.Files
        from Match outside in Outside().Matches(Repository.Read(file))
        select $"{file}: {outside.Value}");

    private static bool IsThere(string file, string anchor) =>
        File.Exists(Path.Combine(Repository.Root, file)) && (anchor.Length == 0 || new Markdown(file).Anchors.Contains(anchor));

    /// <param name="name">Such as <c>15And17And18</c> or <c>28To31</c>; its ends have to be there.</param>
    private static IEnumerable<string> Numbers(string name) => name
        .Split(["And", "To", "Case"], StringSplitOptions.RemoveEmptyEntries)
        .Select(static number => int.Parse(number, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<string> RowNumbers(Match match) =>
        match.Groups.Values.Skip(1).SelectMany(static group => group.Captures).Select(static capture => capture.Value);

    /// <summary><c>docs/chatkit.md#paging</c> in a comment.</summary>
    [GeneratedRegex(@"\b(docs/[\w./-]+\.md)#?([\w-]*)")]
    private static partial Regex Section();

    [GeneratedRegex(@"\bCase(\d+(?:(?:And|To)\d+)*)_")]
    private static partial Regex CaseName();

    /// <summary><c>"H10 null"</c> in data, <c>U6_…</c> as a name, <c>Rows B1 to B4</c> in a comment.</summary>
    [GeneratedRegex("\"([ABCHLSU]\\d{1,2})[ \"]|\\b(U\\d{1,2})_[A-Z]|///.*?(?:(?<![\\w#+])([ABCHLSU]\\d{1,2})\\b[^\\r\\n]*?)+$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\.\./share[d]/(?!\w+\.mjs)|/wor[k]/|protoco[l] section|contrac[t] section|\bissue #?\d+", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();
}
