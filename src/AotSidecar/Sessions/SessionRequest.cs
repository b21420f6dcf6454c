using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.Sessions;

/// <summary>
/// The body of <c>POST /sessions</c> and the params of <c>sessions/create</c>, as sent. Strict on purpose: an unknown
/// member may be an attempt to smuggle in an address or a key. No member may be null.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record SessionRequest
{
    public required string SecretKeyId { get; init; }

    /// <summary><c>dev</c> or <c>pro</c>, the default.</summary>
    [DisallowNull]
    public string? Environment { get; init; }

    [DisallowNull]
    public string? User { get; init; }

    [DisallowNull]
    public ExpiresAfter? ExpiresAfter { get; init; }

    [DisallowNull]
    public RateLimits? RateLimits { get; init; }

    [DisallowNull]
    public string? Origin { get; init; }

    [DisallowNull]
    public string? Model { get; init; }

    [DisallowNull]
    public string? Instructions { get; init; }

    [DisallowNull]
    public IReadOnlyList<ClientToolRequest?>? ClientTools { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ExpiresAfter
{
    public required int Seconds { get; init; }

    /// <summary><c>created_at</c></summary>
    [DisallowNull]
    public string? Anchor { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RateLimits(int MaxRequestsPer1Minute = 60);

/// <summary>A function that runs in the webview.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ClientToolRequest
{
    public required string Name { get; init; }

    [DisallowNull]
    public string? Description { get; init; }

    /// <summary>JSON schema, an object.</summary>
    public JsonElement Parameters { get; init; }
}
