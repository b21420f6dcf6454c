namespace AotSidecar.Bridge;

/// <summary>The extension host as a callable peer. Tests replace this process boundary.</summary>
internal interface IExtensionHost
{
    HostCapabilities Capabilities { get; }

    /// <summary>
    /// Calls a method with params that are serialised already, and waits at most <paramref name="timeout"/> (null:
    /// <c>--bridge-timeout</c>). Throws only on cancellation.
    /// </summary>
    Task<HostReply> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, TimeSpan? timeout, CancellationToken cancellationToken);

    /// <summary>Sends a notification; a closed pipe is not an error, because the process is ending then.</summary>
    Task NotifyAsync(string method, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken);
}
