namespace AotSidecar.Logging;

/// <summary>The level names of <c>--log-level</c>, <c>log/setLevel</c> and the log lines.</summary>
internal static class LogLevels
{
    private static readonly string[] Names = ["trace", "debug", "info", "warn", "error", "critical", "none"];

    public static string Name(LogLevel level) => Names[(int)level];

    public static bool TryParse(string? name, out LogLevel level)
    {
        level = (LogLevel)Array.IndexOf(Names, name);
        return level is >= LogLevel.Trace and not LogLevel.Critical;
    }
}
