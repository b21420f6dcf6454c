using AotSidecar.Process;

namespace AotSidecar.CommandLine;

/// <summary>
/// Reads <c>--flag value</c> and <c>--flag=value</c> against a table of flags. Unknown and repeated flags are refused.
/// </summary>
internal static class FlagParser
{
    /// <exception cref="FatalException">With <c>usage_error</c>.</exception>
    public static void Parse<TOptions>(
        string command, IReadOnlyList<Flag<TOptions>> flags, ReadOnlySpan<string> arguments, TOptions options)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var (name, value) = Split(arguments[i]);
            var flag = flags.FirstOrDefault(candidate => candidate.Name == name)
                ?? throw FatalException.Usage(Unknown(command, name, flags));
            if (!seen.Add(name) && !flag.Repeatable)
            {
                throw FatalException.Usage($"{name} is given twice");
            }

            if (flag.Value is null)
            {
                value = value is null ? "" : throw FatalException.Usage($"{name} takes no value");
            }
            else
            {
                value ??= ++i < arguments.Length
                    ? arguments[i]
                    : throw FatalException.Usage($"{name} needs a value: {name} {flag.Value}");
            }

            if (flag.Apply(options, value) is { } wrong)
            {
                throw FatalException.Usage($"{name}: {wrong}");
            }
        }
    }

    private static (string Name, string? Value) Split(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (argument[..at], argument[(at + 1)..])
            : (argument, null);

    private static string Unknown<TOptions>(string command, string name, IReadOnlyList<Flag<TOptions>> flags)
    {
        var shown = name.Length <= 64 ? name : name[..64] + "…";
        var near = flags.FirstOrDefault(flag => name.Length > 3 && IsNear(flag.Name, name))?.Name;
        var hint = near is null ? "" : $"; did you mean {near}?";
        return $"unknown argument {shown}{hint} (see: aotsidecar {command} --help)";
    }

    /// <summary>Same letters in another order, or a prefix: enough to suggest the flag that was meant.</summary>
    private static bool IsNear(string known, string given) =>
        known.StartsWith(given, StringComparison.Ordinal)
        || given.StartsWith(known, StringComparison.Ordinal)
        || (known.Length == given.Length && known.Order().SequenceEqual(given.Order()));
}
