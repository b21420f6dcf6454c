using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

/// <summary>
/// The last two gates: credential and quota (RFC 6750 bearer tokens, in the Authorization header only). The endpoint's
/// metadata says which credential a path takes. A path that does not exist answers 404 only to a good credential, so
/// that strangers cannot map the server.
/// </summary>
internal sealed class CredentialGate(
    LaunchSecret launchSecret, SessionStore sessions, FailedAttempts failures, ILogger<CredentialGate> logger)
{
    private const string Scheme = "Bearer ";

    private static readonly Failure Missing = new(
        401, "missing_credential", "send the credential as Authorization: Bearer …");

    private static readonly Failure WrongScope = new(
        403, "insufficient_scope", "this credential does not open this path; the launch secret and session tokens are not interchangeable");

    private static readonly Failure WrongOrigin = new(
        403, "origin_not_allowed", "the session is bound to another origin");

    private static readonly Failure TooManyConnections = new(
        503, "too_many_connections", "too many connections are busy; close one or try again", RetryAfter: TimeSpan.FromSeconds(1));

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var required = context.GetEndpoint()?.Metadata.GetMetadata<EndpointGate>()?.Credential;
        if (required is Credential.None or Credential.Own)
        {
            return next(context);
        }

        var problem = Authenticate(context, required, out var session);
        if (problem is not null)
        {
            if (problem == WrongOrigin)
            {
                Cors.Withdraw(context);
            }

            return RefuseAsync(context, problem);
        }

        if (context.Features.Get<ClientConnection>()?.TryTrust() == false)
        {
            return RefuseAsync(context, TooManyConnections);
        }

        return required is null ? Failure.NotFound.WriteAsync(context)
            : session is null ? next(context)
            : RunAsync(context, session, next);
    }

    private async Task RunAsync(HttpContext context, Session session, RequestDelegate next)
    {
        if (session.TryRun() is not { } lease)
        {
            // The session ended since the look-up.
            await RefuseAsync(context, session.Status == SessionStatus.Expired ? Failure.SessionExpired : Failure.InvalidCredential);
            return;
        }

        using (lease)
        {
            context.Features.Set(session);
            await next(context);
        }
    }

    private Task RefuseAsync(HttpContext context, Failure problem)
    {
        logger.CredentialRefused(problem.Code);
        return problem.WriteAsync(context);
    }

    private Failure? Authenticate(HttpContext context, Credential? required, out Session? session)
    {
        session = null;
        var header = context.Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return Missing;
        }

        if (header is not [{ Length: > 7 } value] || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return Failed();
        }

        var token = value.AsSpan(Scheme.Length);
        switch (sessions.Find(token, out session))
        {
            case TokenLookup.Live:
                return CheckSession(context, session!, required);
            case TokenLookup.Expired:
                return Failure.SessionExpired;
        }

        if (!launchSecret.Matches(token))
        {
            return Failed();
        }

        return required is Credential.LaunchSecret or null ? null : WrongScope;
    }

    private static Failure? CheckSession(HttpContext context, Session session, Credential? required)
    {
        if (session.Grant.Origin is { } bound && context.Request.Headers.Origin is [{ } origin] && origin != bound)
        {
            return WrongOrigin;
        }

        if (required == Credential.LaunchSecret)
        {
            return WrongScope;
        }

        return session.Quota.Take() is { } wait
            ? Failure.RateLimited("this session has used up its requests for this minute", wait)
            : null;
    }

    private Failure Failed() => failures.Add() is { } wait
        ? Failure.RateLimited("too many wrong credentials; wait before trying again", wait)
        : Failure.InvalidCredential;
}
