using AotSidecar.CommandLine;

namespace AotSidecar.Demo;

/// <summary>The flags of <c>demo</c>.</summary>
internal sealed class DemoOptions
{
    public ServeOptions Serve { get; } = new() { LogLevel = LogLevel.Warning, TextLogs = true };

    /// <summary>Ask this once and exit.</summary>
    public string? Ask { get; set; }

    /// <summary>Whether <c>--upstream-url</c> was given; the built-in model is not used then.</summary>
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
