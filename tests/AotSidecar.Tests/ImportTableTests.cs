using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace AotSidecar.Tests;

/// <summary>Who may know whom: the directions between the folders of the product, held against its sources.</summary>
public sealed partial class ImportTableTests
{
    private const string Everything = "*";

    /// <summary>A folder, and what it may import. The most specific row counts; a folder may always import itself.</summary>
    private static readonly Dictionary<string, string[]> Table = new()
    {
        [""] = [Everything],
        ["CommandLine"] = ["Http", "Logging", "Process", "Secrets", "Crypto", "Json", "Failures"],
        ["Process"] = ["Bridge", "Http", "Logging", "Secrets", "Json", "Failures"],
        ["Http"] = ["Bridge", "Logging", "Process", "Secrets", "Sessions", "Json", "Failures"],
        ["Json"] = [],
        ["Failures"] = [],
        ["Logging"] = [],
        ["Crypto"] = [],
        ["Secrets"] = ["Crypto", "Json", "Failures"],
        ["Bridge"] = ["Secrets", "Http", "Process", "Crypto", "Json", "Failures"],
        ["Sessions"] = ["Secrets", "Http", "Process", "Bridge", "Crypto", "Json", "Failures"],
        ["Providers"] = ["Secrets", "Crypto", "Json", "Failures"],
        ["ChatKit"] = ["Providers", "Sessions", "Secrets", "Http", "Bridge", "Storage", "Crypto", "Json", "Failures"],
        ["ChatKit.Protocol"] = ["Json"],
        ["Storage"] = ["Http", "Process", "Json", "Failures"],
        ["PassThrough"] = ["Providers", "Sessions", "Http", "Secrets", "Json", "Failures"],
        ["Status"] = ["Http", "Process", "Logging", "Sessions", "Bridge", "Json", "Failures"],
        ["Demo"] = [Everything],
        ["Doctor"] = [Everything],
    };

    private static readonly string Root = FindRoot();

    public static TheoryData<string> Files => [.. Directory
        .EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
        .Select(static file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(static file => !file.StartsWith("obj/", StringComparison.Ordinal) && !file.StartsWith("bin/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_Imports_OnlyWhatItsFolderMayKnow(string file)
    {
        var source = File.ReadAllText(Path.Combine(Root, file));
        var own = Path.GetDirectoryName(file)!.Replace('/', '.').Replace('\\', '.');

        var imports = Imports().Matches(source).Select(static match => match.Groups[1].Value).Distinct();

        Assert.DoesNotContain(imports, import => !May(own, import));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_IsInTheNamespaceOfItsFolder(string file)
    {
        var source = File.ReadAllText(Path.Combine(Root, file));
        var folder = Path.GetDirectoryName(file)!.Replace('/', '.').Replace('\\', '.');

        var declared = Namespace().Matches(source).Select(static match => match.Groups[1].Value).ToArray();

        var expected = folder.Length == 0 ? "AotSidecar" : $"AotSidecar.{folder}";
        var parent = expected[..Math.Max(expected.LastIndexOf('.'), 0)];
        // A slice may sort its files into folders and stay one namespace.
        var fits = declared is [var one] && (one == expected || (folder.Contains('.') && one == parent));
        Assert.True(declared.Length == 0 ? file == "Program.cs" : fits, $"{file}: {string.Join(", ", declared)}");
    }

    [Fact]
    public void Table_NamesEveryFolder()
    {
        var folders = Directory.EnumerateDirectories(Root).Select(static folder => Path.GetFileName(folder)!)
            .Where(folder => folder is not ("bin" or "obj") && Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories).Any());

        Assert.DoesNotContain(folders, static folder => !Table.ContainsKey(folder));
    }

    [Theory]
    [InlineData("ChatKit.Turns", "Providers.Sse", true)]
    [InlineData("ChatKit.Turns", "ChatKit.Protocol", true)]
    [InlineData("ChatKit.Protocol", "ChatKit.Threads", false)]
    [InlineData("Providers", "Bridge", false)]
    [InlineData("Providers", "Http", false)]
    [InlineData("Secrets", "Sessions", false)]
    [InlineData("", "Bridge", true)]
    public void Table_Decides(string from, string to, bool allowed) => Assert.Equal(allowed, May(from, to));

    private static bool May(string from, string to)
    {
        var row = Table.Keys.Where(key => IsWithin(from, key)).MaxBy(static key => key.Length)!;
        return IsWithin(to, row) && row.Length > 0 || Table[row].Any(allowed => allowed == Everything || IsWithin(to, allowed));
    }

    private static bool IsWithin(string folder, string ancestor) =>
        ancestor.Length == 0 || folder == ancestor || folder.StartsWith(ancestor + ".", StringComparison.Ordinal);

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "AotSidecar"));

    [GeneratedRegex(@"^\s*(?:global )?using (?:static |\w+ = )?AotSidecar\.([\w.]+?);", RegexOptions.Multiline)]
    private static partial Regex Imports();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
