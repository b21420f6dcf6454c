using System.Text.RegularExpressions;
using AotSidecar.CommandLine;

namespace AotSidecar.Tests.Documents;

/// <summary>The documents hang together, and say of the command line what it says of itself.</summary>
public sealed partial class DocumentTests
{
    /// <summary>Made by a script from the running product; a checkout may be read before that ran.</summary>
    private const string Pictures = "docs/images/";

    public static TheoryData<string> Documents =>
        [.. Repository.Files.Where(static file => file.EndsWith(".md", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Link_OfADocument_LeadsSomewhere(string file)
    {
        var document = new Markdown(file);

        var dead = document.Links.Where(link => !LeadsSomewhere(document, link));

        Assert.Empty(dead);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Path_InADocument_IsThere(string file) => Assert.Empty(new Markdown(file).Paths
        .Where(static path => !path.Contains("/bin/", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Repository.Root, path))));

    [Fact]
    public void Folder_OfTheProduct_IsInTheArchitecture()
    {
        var document = Repository.Read("docs/architecture.md");

        var missing = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src", "AotSidecar"))
            .Select(static folder => Path.GetFileName(folder)!)
            .Where(folder => folder is not ("bin" or "obj") && !document.Contains($"`{folder}`", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/contract.md")]
    public void Flag_OfServe_IsInTheTable(string file)
    {
        var cells = new Markdown(file).FirstCells;

        var missing = ServeFlags.All.Select(static flag => $"{flag.Name} {flag.Value}".Trim()).Where(flag => !cells.Contains(flag));

        Assert.Empty(missing);
    }

    /// <summary>Codes stand behind an HTTP status or in a fatal or provider failure; people look them up.</summary>
    [Fact]
    public void Code_OfARefusal_IsInTheDocuments()
    {
        var text = string.Concat(Repository.Files.Where(static file => file.StartsWith("docs/", StringComparison.Ordinal)).Select(Repository.Read));
        var source = Repository.Files.Where(static file => file.StartsWith("src/AotSidecar/", StringComparison.Ordinal)
            && file.EndsWith(".cs", StringComparison.Ordinal));

        var codes = source.SelectMany(static file => Codes().Matches(Repository.Read(file))).Select(static m => m.Groups["code"].Value).ToHashSet();

        Assert.True(codes.Count > 50, "codes are written in another way than this test knows");
        Assert.Empty(codes.Where(code => !text.Contains($"`{code}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Readme_IsShortEnoughToBeRead() => Assert.InRange(Repository.Read("README.md").Count(static c => c == '\n'), 1, 150);

    private static bool LeadsSomewhere(Markdown document, string link)
    {
        var parts = link.Split('#', 2);
        var file = document.Resolve(parts[0]);
        return file.StartsWith(Pictures, StringComparison.Ordinal)
            || (Path.Exists(Path.Combine(Repository.Root, file)) && (parts.Length == 1 || new Markdown(file).Anchors.Contains(parts[1])));
    }

    [GeneratedRegex(@"(\b[45]\d\d,|\b(UpstreamException|FatalException|Reason)\b(\(| = ))\s*""(?<code>[a-z]+(_[a-z]+)+)""|""(?<code>upstream_[a-z_]+)""")]
    private static partial Regex Codes();
}
