using AotSidecar.CommandLine;
using AotSidecar.Secrets;

namespace AotSidecar.Doctor;

internal sealed class DoctorOptions
{
    public bool Json { get; set; }

    public bool Online { get; set; }

    public Uri UpstreamUrl { get; set; } = ServeOptions.DefaultUpstreamUrl;

    public string? DataDirectory { get; set; }

    public static IReadOnlyList<Flag<DoctorOptions>> Flags { get; } =
    [
        new("--json", null, "one JSON object instead of lines", static (o, _) => FlagValues.Set(() => o.Json = true)),
        new("--online", null, "also try to reach the provider", static (o, _) => FlagValues.Set(() => o.Online = true)),
        new("--upstream-url", "<url>", "the provider to reach (default https://api.openai.com/v1)",
            static (o, v) => ProviderUrl.TryParse(v) is { } url
                ? FlagValues.Set(() => o.UpstreamUrl = url)
                : "must be an https URL, or http on a loopback address"),
        new("--data-dir", "<dir>", "the data directory that serve is given",
            static (o, v) => v.Length == 0 ? "must be a directory" : FlagValues.Set(() => o.DataDirectory = Path.GetFullPath(v))),
    ];
}
