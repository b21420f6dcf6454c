using System.Net.Http.Headers;
using AotSidecar.Failures;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.Http;

/// <summary>
/// The gates that need no session, in their order: Host, Origin, then method, content type and fetch metadata. None
/// reads a body. The credential and the quota follow in the Sessions slice.
///
/// Host comes first because DNS rebinding makes an attacker's page same-origin; only the Host value gives it away.
/// Origin comes next, so that a page of another origin learns nothing but the refusal. The content type keeps out the
/// posts that browsers send without asking (<c>text/plain</c>, forms), and fetch metadata keeps out navigations, images
/// and <c>no-cors</c> requests even where a browser would send them.
/// </summary>
internal sealed class RequestGates(AccessList access, ILogger<RequestGates> logger)
{
    private static readonly Failure HostNotAllowed = new(
        403, "host_not_allowed", "this Host is not served here; allow it with --allow-host or access/allow");

    private static readonly Failure OriginNotAllowed = new(
        403, "origin_not_allowed", "this origin may not call the sidecar; allow it with --allow-origin or access/allow");

    private static readonly Failure FetchNotAllowed = new(
        403, "origin_not_allowed", "only fetch in cors mode may call the sidecar, not a navigation or an embedded resource");

    private static readonly Failure UnsupportedMediaType = new(
        415, "unsupported_media_type", "send the body as Content-Type: application/json in UTF-8");

    private static readonly Failure SmuggledLength = new(
        400, "invalid_request", "a request has a Content-Length or a Transfer-Encoding, not both");

    /// <summary>Host, Origin and preflight: runs before routing.</summary>
    public Task CheckAddressAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;
        if (headers.Host is not [{ } host] || !access.AllowsHost(host))
        {
            return RefuseAsync(context, HostNotAllowed);
        }

        context.Response.Headers.Vary = "Origin";
        if (headers.Origin.Count > 0)
        {
            if (headers.Origin is not [{ } origin] || !access.AllowsOrigin(origin))
            {
                return RefuseAsync(context, OriginNotAllowed);
            }

            Cors.Apply(context, origin);
            if (Cors.IsPreflight(context.Request))
            {
                return Cors.AnswerPreflight(context);
            }
        }

        // When both are sent, Kestrel renames Content-Length to X-Content-Length and goes on.
        if (headers.TransferEncoding.Count > 0 && headers.ContainsKey("X-Content-Length"))
        {
            context.Response.Headers.Connection = "close";
            return RefuseAsync(context, SmuggledLength);
        }

        return next(context);
    }

    /// <summary>Method, content type and fetch metadata: runs after routing.</summary>
    public Task CheckShapeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointGate>() is not { } gate)
        {
            return next(context);
        }

        if (!gate.Names(SentPath(context)))
        {
            context.SetEndpoint(null);
            return next(context);
        }

        if (gate.Find(context.Request.Method) is not { } route)
        {
            context.Response.Headers.Allow = gate.Allow;
            return RefuseAsync(context, new Failure(405, "method_not_allowed", $"this path takes {gate.Allow}"));
        }

        if (route.Body == BodyKind.Json && !IsJson(context.Request.ContentType))
        {
            return RefuseAsync(context, UnsupportedMediaType);
        }

        return gate.Page || gate.Credential == Credential.None || IsFetch(context.Request.Headers)
            ? next(context)
            : RefuseAsync(context, FetchNotAllowed);
    }

    /// <summary>
    /// The path as it was sent. ASP.NET's own is decoded and without dots, so that several spellings would reach one
    /// resource.
    /// </summary>
    private static string SentPath(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var begin = target.StartsWith('/') ? 0 : target.IndexOf('/', target.IndexOf("://", StringComparison.Ordinal) + 3);
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return begin < 0 ? "" : end < 0 ? target[begin..] : end < begin ? "" : target[begin..end];
    }

    private static bool IsJson(string? contentType) =>
        contentType == "application/json"
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            && type.Parameters.All(static parameter => !parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase) || IsUtf8(parameter.Value)));

    private static bool IsUtf8(string? charset) => charset?.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsFetch(IHeaderDictionary headers)
    {
        var mode = headers["Sec-Fetch-Mode"];
        var destination = headers["Sec-Fetch-Dest"];
        return (mode.Count == 0 || mode == "cors") && (destination.Count == 0 || destination == "empty");
    }

    private Task RefuseAsync(HttpContext context, Failure problem)
    {
        logger.RequestRefused(problem.Code, problem.Status);
        return problem.WriteAsync(context);
    }
}
