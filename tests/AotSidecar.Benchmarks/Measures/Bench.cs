using AotSidecar.Benchmarks.Report;
using AotSidecar.Benchmarks.Servers;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>What every measure needs.</summary>
/// <param name="SidecarFile">The published executable.</param>
/// <param name="IsShort">Once through everything instead of rounds.</param>
internal sealed record Bench(
    Workspace Workspace,
    string SidecarFile,
    IReadOnlyList<Peer> Peers,
    ProviderProcess Provider,
    Measurements Values,
    bool IsShort)
{
    /// <summary>How often a measure is repeated; within a round every program has its turn.</summary>
    public int Rounds(int full) => IsShort ? 1 : full;

    public Task<Sidecar> StartSidecarAsync(CancellationToken cancellationToken) =>
        Sidecar.StartAsync(SidecarFile, Workspace.EmptyFolder, Provider.Origin, cancellationToken);
}
