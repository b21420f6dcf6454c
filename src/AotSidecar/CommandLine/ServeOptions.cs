using System.Security.Cryptography.X509Certificates;
using AotSidecar.Secrets;

namespace AotSidecar.CommandLine;

/// <summary>The flags of <c>serve</c>, checked; meanings and defaults: docs/contract.md#flags.</summary>
internal sealed class ServeOptions
{
    /// <summary>Used when neither message, session, host nor flag names a model.</summary>
    public const string DefaultModel = "gpt-5.1";

    public static Uri DefaultUpstreamUrl { get; } = new("https://api.openai.com/v1");

    public string Bridge { get; set; } = "";

    public int Port { get; set; }

    public int? ParentPid { get; set; }

    public List<string> AllowOrigins { get; } = [];

    public List<string> AllowHosts { get; } = [];

    public int SessionLifetimeSeconds { get; set; } = 600;

    public int MaxSessions { get; set; } = 256;

    public TimeSpan BridgeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Defaults to <see cref="BridgeTimeout"/>.</summary>
    public TimeSpan ToolTimeout
    {
        get => field == TimeSpan.Zero ? BridgeTimeout : field;
        set;
    }

    public int ToolRounds { get; set; } = 16;

    public string? TitleModel { get; set; }

    public TimeSpan DeltaInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    public Uri UpstreamUrl { get; set; } = DefaultUpstreamUrl;

    public ProviderApi UpstreamApi { get; set; } = ProviderApi.Responses;

    public string Model { get; set; } = DefaultModel;

    /// <summary>The text of <c>--instructions-file</c>.</summary>
    public string? Instructions { get; set; }

    public string? DataDirectory { get; set; }

    /// <summary>Of the launch line, else of <c>--proxy</c>.</summary>
    public OutboundProxy? Proxy { get; set; }

    /// <summary>The certificates of <c>--ca-file</c>.</summary>
    public X509Certificate2Collection? Authorities { get; set; }

    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    public bool TextLogs { get; set; }
}
