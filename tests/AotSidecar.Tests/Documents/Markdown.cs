using System.Text.RegularExpressions;

namespace AotSidecar.Tests.Documents;

/// <summary>What can be linked to or cited in one Markdown file.</summary>
internal sealed partial class Markdown(string path)
{
    private readonly string _text = Fence().Replace(Repository.Read(path), "");

    /// <summary>Relative targets of links and pictures, such as <c>docs/chatkit.md#events</c>, as they are written.</summary>
    public IEnumerable<string> Links => Link().Matches(_text)
        .Select(static match => match.Groups["target"].Value)
        .Where(static target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>Files and folders of the repository that the text names in backticks.</summary>
    public IEnumerable<string> Paths => RepositoryPath().Matches(_text).Select(static match => match.Groups[1].Value);

    /// <summary>What GitHub makes of the headings.</summary>
    public HashSet<string> Anchors => [.. Heading().Matches(_text).Select(static match => Slug(match.Groups[1].Value))];

    /// <summary>The first cells of all tables' rows, without marks: the numbers of cases and rows, the names of flags.</summary>
    public HashSet<string> FirstCells =>
        [.. Row().Matches(_text).Select(static match => match.Groups[1].Value.Replace("`", "", StringComparison.Ordinal))];

    /// <summary>Resolves a link's file against this one's folder.</summary>
    /// <returns>A path from the repository's root.</returns>
    public string Resolve(string target) => target.Length == 0
        ? path
        : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, target)).Replace('\\', '/');

    private static string Slug(string heading) =>
        NotInSlug().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|<(?:img|source) [^>]*?src(?:set)?=""(?<target>[^""]+)""")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| *([^|]+?) *\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`((?:src|tests|build|packaging|docs|\.ci|\.github)/[\w./-]+)")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInSlug();
}
