using AotSidecar.CommandLine;

namespace AotSidecar.Demo;

/// <summary>What <c>demo</c> was told: the flags it shares with <c>serve</c>, and a question.</summary>
internal sealed class DemoOptions
{
    public ServeOptions Serve { get; } = new() { LogLevel = LogLevel.Warning, TextLogs = true };

    /// <summary>Answer this and exit.</summary>
    public string? Ask { get; set; }

    /// <summary>Whether a provider was named, so that the built-in model is not wanted.</summary>
    public bool NamesProvider { get; set; }

    public static IReadOnlyList<Flag<DemoOptions>> Flags { get; } =
    [
        new("--ask", "<text>", "print one exchange and exit",
            static (o, v) => string.IsNullOrWhiteSpace(v) ? "must be a question" : FlagValues.Set(() => o.Ask = v)),
        Shared(ServeFlags.Port),
        Shared(ServeFlags.Model),
        Shared(ServeFlags.UpstreamUrl, static o => o.NamesProvider = true),
        Shared(ServeFlags.UpstreamApi),
        Shared(ServeFlags.DataDirectory),
        Shared(ServeFlags.DeltaInterval),
    ];

    private static Flag<DemoOptions> Shared(Flag<ServeOptions> flag, Action<DemoOptions>? also = null) =>
        new(flag.Name, flag.Value, flag.Help, (options, value) =>
        {
            also?.Invoke(options);
            return flag.Apply(options.Serve, value);
        });
}
