namespace AotSidecar.Logging;

/// <summary>
/// The process's only logger factory. It replaces the framework's, whose filter options and provider list cost start-up
/// time for one provider, and it keeps the framework's own categories at warning: at debug they write header values.
/// </summary>
internal sealed class SidecarLoggerFactory(StderrWriter writer, TimeProvider clock, LogLevel level, bool text)
    : ILoggerFactory
{
    private volatile int _level = (int)level;

    /// <summary>Adjustable while running, over the bridge.</summary>
    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }

    /// <summary>Lines dropped because nobody read stderr.</summary>
    public long Dropped => writer.Dropped;

    public ILogger CreateLogger(string categoryName) =>
        new LineLogger(this, writer, clock, ShortName(categoryName), IsOurs(categoryName), text);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose() => writer.Dispose();

    private static bool IsOurs(string category) => category.StartsWith("AotSidecar", StringComparison.Ordinal);

    private static string ShortName(string category) => category[(category.LastIndexOf('.') + 1)..];
}
