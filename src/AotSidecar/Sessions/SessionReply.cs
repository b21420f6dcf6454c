using System.Text.Json.Serialization;

namespace AotSidecar.Sessions;

/// <summary>The session object (<c>chatkit.session</c>, after OpenAI's hosted sessions API).</summary>
internal sealed record SessionReply
{
    public required string Id { get; init; }

    public string Object { get; } = "chatkit.session";

    /// <summary>The token; only the mint's reply has it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientSecret { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Seconds.</summary>
    public required long ExpiresIn { get; init; }

    public required SessionStatus Status { get; init; }

    public required string User { get; init; }

    public required RateLimits RateLimits { get; init; }

    public int MaxRequestsPer1Minute => RateLimits.MaxRequestsPer1Minute;

    /// <param name="token">Only in the reply to the mint.</param>
    public static SessionReply Of(SessionId id, SessionState session, DateTimeOffset now, string? token = null) => new()
    {
        Id = id.ToString(),
        ClientSecret = token,
        ExpiresAt = session.ExpiresAt.ToUnixTimeSeconds(),
        ExpiresIn = Math.Max(0, (long)Math.Ceiling((session.ExpiresAt - now).TotalSeconds)),
        Status = session.Status,
        User = session.Grant.User,
        RateLimits = new RateLimits(session.Grant.RequestsPerMinute),
    };

    public override string ToString() => $"SessionReply({Id})";
}

/// <summary>What can be asked about a session, live or ended.</summary>
internal sealed record SessionState(SessionGrant Grant, DateTimeOffset ExpiresAt, SessionStatus Status);
