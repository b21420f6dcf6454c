namespace AotSidecar.Http;

/// <summary>
/// The credential that an endpoint requires. The launch secret and a session token are never interchangeable.
/// </summary>
internal enum Credential
{
    None,
    LaunchSecret,
    SessionToken,

    /// <summary>The handler checks its own credential (the demo's one-use code).</summary>
    Own,
}

/// <summary>The <c>Content-Type</c> that a method's body must have.</summary>
internal enum BodyKind
{
    /// <summary>Ignored.</summary>
    None,

    /// <summary><c>application/json</c> in UTF-8, which a page cannot send without a preflight.</summary>
    Json,
    Any,
}

internal sealed record MethodRoute(string Method, BodyKind Body, RequestDelegate Handler)
{
    public static MethodRoute Get(RequestDelegate handler) => new(HttpMethods.Get, BodyKind.None, handler);

    public static MethodRoute Post(BodyKind body, RequestDelegate handler) => new(HttpMethods.Post, body, handler);

    public static MethodRoute Put(BodyKind body, RequestDelegate handler) => new(HttpMethods.Put, body, handler);
}

/// <summary>
/// Endpoint metadata for the gates, which run before any body is read: credential, methods, content types.
/// </summary>
/// <param name="Page">Whether a browser may navigate to it; only the demo's page.</param>
internal sealed record EndpointGate(Credential Credential, IReadOnlyList<MethodRoute> Routes, bool Page = false)
{
    /// <summary>The route template. ASP.NET routing ignores case and a trailing slash; the gates do not.</summary>
    public string Path { get; init; } = "";

    /// <summary>The <c>Allow</c> header's value.</summary>
    public string Allow { get; } = string.Join(", ", Routes.Select(static route => route.Method));

    /// <summary>
    /// Whether the path matches the template exactly, including case and slashes: a resource has one path.
    /// </summary>
    public bool Names(string path)
    {
        var begin = Path.IndexOf('{', StringComparison.Ordinal);
        var rest = Path.AsSpan(Path.LastIndexOf('}') + 1);
        return begin < 0
            ? path == Path
            : path.AsSpan().StartsWith(Path.AsSpan(0, begin), StringComparison.Ordinal)
                && path.AsSpan().EndsWith(rest, StringComparison.Ordinal)
                && !path.EndsWith('/')
                && !Uri.UnescapeDataString(path).Split('/').Any(static name => name is "." or "..");
    }

    public MethodRoute? Find(string method)
    {
        foreach (var route in Routes)
        {
            if (route.Method == method)
            {
                return route;
            }
        }

        return null;
    }
}

internal static class GatedRoutes
{
    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>Maps a path with all its methods. The gates answer 405, not routing, to keep their order.</summary>
        public void MapGated(string path, Credential credential, params MethodRoute[] methods) =>
            routes.MapGate(path, new EndpointGate(credential, methods));

        public void MapGate(string path, EndpointGate gate) =>
            routes.Map(path, context => gate.Find(context.Request.Method)!.Handler(context)).WithMetadata(gate with { Path = path });
    }
}
