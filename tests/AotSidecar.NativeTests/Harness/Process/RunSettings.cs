using System.Globalization;

namespace AotSidecar.NativeTests.Harness;

/// <summary>What a test run can be told from outside: the only environment variables that are read here.</summary>
internal static class RunSettings
{
    /// <summary>The executable to test instead of one that is published for it.</summary>
    public static string? Executable => Read("AOTSIDECAR_EXE");

    /// <summary>How long the soak spreads its work; without it, it works as fast as it can.</summary>
    public static TimeSpan SoakTime =>
        TimeSpan.FromSeconds(int.Parse(Read("AOTSIDECAR_SOAK_SECONDS") ?? "0", CultureInfo.InvariantCulture));

    // RS0030: the product reads no environment variable; a test run is told by them what to test
#pragma warning disable RS0030
    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
#pragma warning restore RS0030
}
