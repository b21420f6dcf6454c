namespace AotSidecar.Sessions;

/// <summary>Event ids 200 to 299. Sessions are named by the first 8 hex digits of their id.</summary>
internal static partial class SessionsLog
{
    [LoggerMessage(200, LogLevel.Information, "minted session {Session} for {Seconds} s; {Live} live")]
    public static partial void SessionMinted(this ILogger logger, string session, int seconds, int live);

    [LoggerMessage(201, LogLevel.Debug, "session {Session} expired")]
    public static partial void SessionExpired(this ILogger logger, string session);

    [LoggerMessage(202, LogLevel.Information, "revoked {Count} sessions: {Reason}")]
    public static partial void SessionsRevoked(this ILogger logger, int count, string reason);

    [LoggerMessage(203, LogLevel.Warning, "did not mint a session: {Code}")]
    public static partial void MintRefused(this ILogger logger, string code);

    [LoggerMessage(204, LogLevel.Warning, "refused a credential: {Code}")]
    public static partial void CredentialRefused(this ILogger logger, string code);
}
