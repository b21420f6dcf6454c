namespace AotSidecar.Sessions;

/// <summary>A checked request for a session.</summary>
internal sealed record SessionGrant
{
    public required string SecretKeyId { get; init; }

    /// <summary><c>dev</c> or <c>pro</c>.</summary>
    public string Environment { get; init; } = "pro";

    /// <summary>Owns threads: a new session of the same user sees them again.</summary>
    public string User { get; init; } = "local";

    public TimeSpan Lifetime { get; init; }

    public int RequestsPerMinute { get; init; } = 60;

    /// <summary>The one origin that may use the session, when it is bound.</summary>
    public string? Origin { get; init; }

    public string? Model { get; init; }

    public string? Instructions { get; init; }

    /// <summary>Functions that run in the webview.</summary>
    public IReadOnlyList<ClientTool> ClientTools { get; init; } = [];
}

/// <param name="Parameters">JSON schema, UTF-8.</param>
internal sealed record ClientTool(string Name, string? Description, ReadOnlyMemory<byte> Parameters);
