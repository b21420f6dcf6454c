namespace AotSidecar.Bridge;

/// <summary>Params of <c>initialize</c>, the sidecar's first message.</summary>
internal sealed record InitializeParams(int ProtocolVersion, PeerInfo Sidecar, string Nonce);

/// <summary>Result of <c>initialize</c>: who the host is, its proof, and what it can be asked for.</summary>
internal sealed record InitializeResult
{
    public required int ProtocolVersion { get; init; }

    public string? Nonce { get; init; }

    public string? Proof { get; init; }

    public PeerInfo? Host { get; init; }

    public HostCapabilities? Capabilities { get; init; }
}

/// <param name="Pid">The sidecar's; a host sends none.</param>
internal sealed record PeerInfo(string? Name, string? Version, int? Pid = null);

/// <summary>Params of <c>initialized</c>: the sidecar's proof, and where it listens.</summary>
internal sealed record InitializedParams(string Proof, int Port);
