namespace AotSidecar.Bridge;

/// <param name="Pipe">An absolute socket path, or a pipe name on Windows.</param>
/// <param name="Timeout">Longest wait for one call.</param>
internal sealed record BridgeOptions(string Pipe, TimeSpan Timeout);
