using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Json;

namespace AotSidecar.Sessions;

/// <summary>Mints, reads and revokes sessions over HTTP. Requires the launch secret.</summary>
internal sealed class SessionEndpoints(
    SessionMint mint, SessionStore sessions, SessionLimits limits, TimeProvider clock, ILogger<SessionEndpoints> logger)
{
    /// <summary>Room for instructions and client tools.</summary>
    private const int MaxBody = 128 * 1024;

    private readonly SessionRequestReader _reader = new(limits, SessionJson.Http.SessionRequest);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGated("/sessions", Credential.LaunchSecret, MethodRoute.Post(BodyKind.Json, CreateAsync));
        routes.MapGated("/sessions/{id}", Credential.LaunchSecret, MethodRoute.Get(ReadAsync));
        routes.MapGated("/sessions/{id}/cancel", Credential.LaunchSecret, MethodRoute.Post(BodyKind.None, CancelAsync));
    }

    private async Task CreateAsync(HttpContext context)
    {
        mint.CheckHttpQuota();
        SessionGrant grant;
        using (var body = await BoundedBody.ReadAsync(context, MaxBody))
        {
            grant = _reader.Read(body.Memory.Span);
        }

        var (session, token) = await mint.CreateAsync(grant, limited: true, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/sessions/{session.Id}";
        await WriteAsync(context, SessionReply.Of(session.Id, session.State, clock.GetUtcNow(), token));
    }

    private Task ReadAsync(HttpContext context)
    {
        var id = IdOf(context);
        var session = sessions.Find(id)?.State ?? sessions.FindEnded(id) ?? throw new FailureException(Failure.SessionNotFound);
        return WriteAsync(context, SessionReply.Of(id, session, clock.GetUtcNow()));
    }

    private Task CancelAsync(HttpContext context)
    {
        var id = IdOf(context);
        if (sessions.Revoke(id))
        {
            logger.SessionsRevoked(1, "cancelled over http");
        }
        else if (sessions.FindEnded(id) is null)
        {
            throw new FailureException(Failure.SessionNotFound);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static SessionId IdOf(HttpContext context) =>
        SessionId.TryParse(context.Request.RouteValues["id"] as string, out var id) ? id : throw new FailureException(Failure.SessionNotFound);

    private static Task WriteAsync(HttpContext context, SessionReply reply) =>
        context.Response.WriteJsonAsync(reply, SessionJson.Http.SessionReply, context.RequestAborted);
}
