namespace AotSidecar.Benchmarks.Measures;

/// <summary>One way from the load client to an answer, through a server that runs.</summary>
/// <param name="Stream">The request for a model's answer, on the n-th connection.</param>
/// <param name="Small">A small authenticated request, on the n-th connection.</param>
internal sealed record Route(
    string Column, int Port, int ProcessId, Func<string, int, byte[]>? Stream, Func<int, byte[]>? Small)
{
    /// <summary>Whether a failure fails the run: a peer's does not.</summary>
    public bool IsSidecar { get; init; }
}
