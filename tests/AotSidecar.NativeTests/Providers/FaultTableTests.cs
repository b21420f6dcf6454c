using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace AotSidecar.NativeTests.Providers;

/// <summary>Every row of docs/providers.md#faults is held by a test.</summary>
public sealed partial class FaultTableTests
{
    /// <summary>The table's numbers; the ones that are missing here are missing there.</summary>
    private static readonly int[] Rows = [.. Enumerable.Range(1, 10), 12, 13, 14, 17, 19, 20, 21];

    /// <summary>A provider that accepts and never answers is waited for longer than a test may take: held in process, on a clock of the test's.</summary>
    private static readonly int[] InProcess = [7];

    [Fact]
    public void Rows_OnThePublishedExecutable_AreAllButTheOnesNamedHere()
    {
        var names = ProviderFault.All.Keys.Concat(typeof(FaultTableTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(FaultTableTests).Namespace)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.Name));

        var held = names.Select(name => Row().Match(name)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

        Assert.Equal(Rows.Except(InProcess), held.Distinct().Order());
    }

    [GeneratedRegex(@"^U(\d+)")]
    private static partial Regex Row();
}
