namespace AotSidecar.NativeTests.Harness;

/// <summary>What differs from the usual start of a sidecar beside a host and a provider of the test.</summary>
internal sealed record SidecarSetup
{
    public IReadOnlyList<string> Flags { get; init; } = [];

    public string LogLevel { get; init; } = "trace";

    public Action<BridgeHost> Host { get; init; } = _ => { };

    public Func<Launch, Launch> Launch { get; init; } = launch => launch;
}
