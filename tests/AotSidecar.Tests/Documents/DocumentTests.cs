using System.Text.RegularExpressions;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Turns;
using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.Providers.Answers;
using AotSidecar.Storage;

namespace AotSidecar.Tests.Documents;

/// <summary>The documents hang together, and say of the command line what it says of itself.</summary>
public sealed partial class DocumentTests
{
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
    public void Path_InADocument_IsThere(string file) => Assert.DoesNotContain(
        new Markdown(file).Paths,
        static path => !path.Contains("/bin/", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Repository.Root, path)));

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
    public void Flag_OfServe_IsInTheTableWithItsDefault(string file)
    {
        var rows = Repository.Read(file).Replace("`", "", StringComparison.Ordinal).Split('\n');

        var missing = ServeFlags.All.Where(flag => !rows.Any(row =>
            row.StartsWith($"| {$"{flag.Name} {flag.Value}".Trim()} |", StringComparison.Ordinal)
            && row.Contains(Default().Match(flag.Help).Groups[1].Value, StringComparison.Ordinal)));

        Assert.Empty(missing.Select(static flag => flag.Name));
    }

    public static TheoryData<string, string> Limits => new()
    {
        { "docs/contract.md", $"| a thread | 10,000 items, {StoredThread.MaxSize >> 20} MiB |" },
        { "docs/storage.md", $"| a thread | 10,000 items, {StoredThread.MaxSize >> 20} MiB of them; its journal {JournalFile.MaxLength >> 20} MiB |" },
        { "docs/contract.md", $"| the files of a turn | {ModelInput.MaxFiles >> 20} MiB;" },
        { "docs/contract.md", $"| {ConnectionTable.MaxTrusted} over which a good credential came, {ConnectionTable.MaxStrangers} others:" },
        { "docs/contract.md", $"| a page of a list | 1,000 elements; {Paging.DefaultLimit} unless asked otherwise |" },
        { "docs/contract.md", $"A file may have {AttachmentStore.MaxFileSize >> 20} MiB." },
        { "docs/contract.md", $"At most {ToolCalls.Max} calls of an answer are run." },
        { "docs/storage.md", $"| {MemoryBudget.MaxKept >> 20} | what is kept" },
        { "docs/storage.md", $"| {MemoryBudget.MaxUnderWay >> 20} | what is under way" },
        { "docs/storage.md", $"{LoadedThreads.MaxThreads} threads, or {LoadedThreads.MaxBytes >> 20} MiB of journals, stay in memory" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Limit_InADocument_IsTheOneOfTheCode(string file, string words) =>
        Assert.Contains(words, Blank().Replace(Repository.Read(file), " "), StringComparison.Ordinal);

    /// <summary>Codes stand behind an HTTP status or in a fatal or provider failure; people look them up.</summary>
    [Fact]
    public void Code_OfARefusal_IsInTheDocuments()
    {
        var text = string.Concat(Repository.Files.Where(static file => file.StartsWith("docs/", StringComparison.Ordinal)).Select(Repository.Read));
        var source = Repository.Files.Where(static file => file.StartsWith("src/AotSidecar/", StringComparison.Ordinal)
            && file.EndsWith(".cs", StringComparison.Ordinal));

        var codes = source.SelectMany(static file => Codes().Matches(Repository.Read(file))).Select(static m => m.Groups["code"].Value).ToHashSet();

        Assert.True(codes.Count > 50, "codes are written in another way than this test knows");
        Assert.DoesNotContain(codes, code => !text.Contains($"`{code}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_IsShortEnoughToBeRead() => Assert.InRange(Repository.Read("README.md").Count(static c => c == '\n'), 1, 150);

    private static bool LeadsSomewhere(Markdown document, string link)
    {
        var parts = link.Split('#', 2);
        var file = document.Resolve(parts[0]);
        return Path.Exists(Path.Combine(Repository.Root, file)) && (parts.Length == 1 || new Markdown(file).Anchors.Contains(parts[1]));
    }

    [GeneratedRegex(@"\(default:? ([^)]+?)(?=\)|: )")]
    private static partial Regex Default();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();

    [GeneratedRegex(@"(\b[45]\d\d,|\b(UpstreamException|FatalException|Reason)\b(\(| = ))\s*""(?<code>[a-z]+(_[a-z]+)+)""|""(?<code>upstream_[a-z_]+)""")]
    private static partial Regex Codes();
}
