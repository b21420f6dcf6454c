using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Harness;

/// <summary>How a test starts the executable. Nothing is inherited from the test run but what is named here.</summary>
internal sealed record Launch(params string[] Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A valid bridge name that nobody listens on.</summary>
    public static string NobodysBridge { get; } = OperatingSystem.IsWindows() ? @"\\.\pipe\aotsidecar-nobody" : "/nowhere/b";

    public string WorkingDirectory { get; init; } = Path.GetPathRoot(AppContext.BaseDirectory)!;

    /// <summary>A prefix such as <c>sh -c 'ulimit …; exec "$0" "$@"'</c>, which must end by replacing itself.</summary>
    [UnsupportedOSPlatform("windows")]
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>The bytes for the launch line, or null to write nothing.</summary>
    public byte[]? Input { get; init; }

    public bool ReadsErrors { get; init; } = true;

    /// <summary>Another copy of the executable than the published one.</summary>
    public string? Executable { get; init; }
}
