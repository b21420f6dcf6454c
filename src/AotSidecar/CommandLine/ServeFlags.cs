using AotSidecar.Http;
using AotSidecar.Logging;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.CommandLine;

/// <summary>The flags of <c>serve</c>, and the ones that <c>demo</c> shares with it.</summary>
internal static class ServeFlags
{
    public static Flag<ServeOptions> Port { get; } = new(
        "--port", "<n>", "loopback port; 0 takes a free one (default 0)",
        static (o, v) => FlagValues.Integer(v, 0, 65535, n => o.Port = n));

    public static Flag<ServeOptions> UpstreamUrl { get; } = new(
        "--upstream-url", "<url>", "provider's base URL: https, or http on loopback (default https://api.openai.com/v1)",
        static (o, v) => ProviderUrl.TryParse(v) is { } url
            ? FlagValues.Set(() => o.UpstreamUrl = url)
            : "must be an https URL, or http on a loopback address, without user, query or fragment");

    public static Flag<ServeOptions> UpstreamApi { get; } = new(
        "--upstream-api", "<api>", "responses or chat-completions (default responses)",
        static (o, v) => ProviderApiNames.TryParse(v, out var api)
            ? FlagValues.Set(() => o.UpstreamApi = api)
            : "must be responses or chat-completions");

    public static Flag<ServeOptions> Model { get; } = new(
        "--model", "<name>", $"model when nothing else names one (default {ServeOptions.DefaultModel})",
        static (o, v) => FlagValues.Name(v, 128, name => o.Model = name));

    public static Flag<ServeOptions> DataDirectory { get; } = new(
        "--data-dir", "<dir>", "keep threads there across restarts (default: memory only); never holds a secret",
        static (o, v) => v.Length == 0 ? "must be a directory" : FlagValues.Set(() => o.DataDirectory = Path.GetFullPath(v)));

    public static Flag<ServeOptions> DeltaInterval { get; } = new(
        "--delta-interval", "<ms>", "gather fast text for the page, 0..1000; 0 sends each piece as it comes (default 100)",
        static (o, v) => FlagValues.Integer(v, 0, 1000, n => o.DeltaInterval = TimeSpan.FromMilliseconds(n)));

    public static IReadOnlyList<Flag<ServeOptions>> All { get; } =
    [
        new("--bridge", "<pipe>", "required: the host's socket (absolute path), or pipe name on Windows", ApplyBridge),
        Port,
        new("--parent-pid", "<pid>", "exit when that process is gone",
            static (o, v) => FlagValues.Integer(v, 1, int.MaxValue, n => o.ParentPid = n)),
        new("--allow-origin", "<o>", "repeatable: exact origin or scheme://* (default vscode-webview://*)",
            static (o, v) => Origins.IsPattern(v)
                ? FlagValues.Set(() => o.AllowOrigins.Add(v))
                : "must be an exact origin such as https://host:port, or scheme://*", Repeatable: true),
        new("--allow-host", "<h:p>", "repeatable: extra accepted Host value, for port forwarding",
            static (o, v) => Origins.IsHost(v)
                ? FlagValues.Set(() => o.AllowHosts.Add(v))
                : "must be a host name with an optional port", Repeatable: true),
        new("--session-lifetime", "<s>", "default and longest lifetime of a session, 1..86400 (default 600)",
            static (o, v) => FlagValues.Integer(v, 1, 86400, n => o.SessionLifetimeSeconds = n)),
        new("--max-sessions", "<n>", "live sessions; one more is refused (default 256)",
            static (o, v) => FlagValues.Integer(v, 1, 1_000_000, n => o.MaxSessions = n)),
        new("--bridge-timeout", "<s>", "longest wait for one bridge call, 1..300 (default 10)",
            static (o, v) => FlagValues.Integer(v, 1, 300, n => o.BridgeTimeout = TimeSpan.FromSeconds(n))),
        new("--tool-timeout", "<s>", "longest wait for one tool, which may ask the user, 1..3600 (default: --bridge-timeout)",
            static (o, v) => FlagValues.Integer(v, 1, 3600, n => o.ToolTimeout = TimeSpan.FromSeconds(n))),
        new("--tool-rounds", "<n>", "how often a model may ask for tools before it has to answer, 1..100 (default 16)",
            static (o, v) => FlagValues.Integer(v, 1, 100, n => o.ToolRounds = n)),
        UpstreamUrl,
        UpstreamApi,
        Model,
        new("--title-model", "<name>", "model that names threads after their first answer (default none: their first line)",
            static (o, v) => FlagValues.Name(v, 128, name => o.TitleModel = name)),
        new("--instructions-file", "<path>", "system instructions, UTF-8, at most 256 KiB",
            static (o, v) => FlagValues.TextFile(v, 256 * 1024, text => o.Instructions = text)),
        DataDirectory,
        DeltaInterval,
        new("--proxy", "<url>", "outbound http proxy; the environment's proxy variables are not read",
            static (o, v) => OutboundProxy.TryParseUrl(v) is { } url
                ? FlagValues.Set(() => o.Proxy = new OutboundProxy(url))
                : "must be an http or https URL without user and password, which others could read here: "
                    + "the launch line or the host's secrets/get takes them"),
        new("--ca-file", "<path>", "extra trusted CA certificates, PEM",
            static (o, v) => FlagValues.Certificates(v, found => o.Authorities = found)),
        new("--log-level", "<l>", "trace, debug, info, warn, error or none (default info)",
            static (o, v) => LogLevels.TryParse(v, out var level)
                ? FlagValues.Set(() => o.LogLevel = level)
                : "must be trace, debug, info, warn, error or none"),
        new("--log-format", "<f>", "json (one object a line) or text, on stderr (default json)",
            static (o, v) => v is "json" or "text" ? FlagValues.Set(() => o.TextLogs = v == "text") : "must be json or text"),
    ];

    /// <exception cref="FatalException">With <c>usage_error</c>.</exception>
    public static ServeOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ServeOptions();
        FlagParser.Parse("serve", All, arguments, options);
        return options.Bridge.Length > 0
            ? options
            : throw FatalException.Usage("serve needs --bridge <pipe>; an editor extension starts it, try: aotsidecar demo");
    }

    private static string? ApplyBridge(ServeOptions options, string value)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsPipeName.Parse(value) is { } name
                ? FlagValues.Set(() => options.Bridge = name)
                : @"must be the name of a pipe of this machine, with or without \\.\pipe\";
        }

        return Path.IsPathFullyQualified(value)
            ? FlagValues.Set(() => options.Bridge = value)
            : "must be the absolute path of the host's socket";
    }
}
