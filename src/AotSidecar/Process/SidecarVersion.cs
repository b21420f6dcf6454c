using System.Reflection;

namespace AotSidecar.Process;

internal static class SidecarVersion
{
    public const string Name = "aotsidecar";

    /// <summary>The package version, such as <c>1.2.3</c>.</summary>
    public static string Text { get; } =
        typeof(SidecarVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0.0.0";
}
