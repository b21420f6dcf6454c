namespace AotSidecar.CommandLine;

/// <summary>One flag of a command: its help and what it does to the options.</summary>
/// <param name="Name">With the dashes.</param>
/// <param name="Value">The placeholder shown in help; null for a switch.</param>
/// <param name="Apply">Returns what is wrong with the value, or null.</param>
internal sealed record Flag<TOptions>(
    string Name, string? Value, string Help, Func<TOptions, string, string?> Apply, bool Repeatable = false);
