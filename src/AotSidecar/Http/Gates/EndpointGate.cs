namespace AotSidecar.Http;

/// <summary>What opens an endpoint. The launch secret and a session token are never interchangeable.</summary>
internal enum Credential
{
    None,
    LaunchSecret,
    SessionToken,

    /// <summary>The endpoint's handler checks a credential of its own (the demo's one-use code).</summary>
    Own,
}

/// <summary>What a method's request body must be, by its <c>Content-Type</c>.</summary>
internal enum BodyKind
{
    /// <summary>Not looked at.</summary>
    None,

    /// <summary><c>application/json</c> in UTF-8: never a type that a page can send without a preflight.</summary>
    Json,
    Any,
}

internal sealed record MethodRoute(string Method, BodyKind Body, RequestDelegate Handler)
{
    public static MethodRoute Get(RequestDelegate handler) => new(HttpMethods.Get, BodyKind.None, handler);

    public static MethodRoute Post(BodyKind body, RequestDelegate handler) => new(HttpMethods.Post, body, handler);

    public static MethodRoute Put(BodyKind body, RequestDelegate handler) => new(HttpMethods.Put, body, handler);
}

/// <summary>Endpoint metadata that the gates read before any body is: who may call, with which methods and content types.</summary>
/// <param name="Page">May be opened by a browser's navigation: the demo's page and its parts. Nothing else may.</param>
internal sealed record EndpointGate(Credential Credential, IReadOnlyList<MethodRoute> Routes, bool Page = false)
{
    /// <summary>The route's template; routing itself overlooks case and a slash at the end.</summary>
    public string Path { get; init; } = "";

    /// <summary>The <c>Allow</c> header's value.</summary>
    public string Allow { get; } = string.Join(", ", Routes.Select(static route => route.Method));

    /// <summary>Whether a path is written exactly as the template is: one resource has one path, and any other is unknown.</summary>
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
        /// <summary>Maps one path with all its methods. Methods are not a routing matter here: the gates answer 405 in their own order.</summary>
        public void MapGated(string path, Credential credential, params MethodRoute[] methods) =>
            routes.MapGate(path, new EndpointGate(credential, methods));

        public void MapGate(string path, EndpointGate gate) =>
            routes.Map(path, context => gate.Find(context.Request.Method)!.Handler(context)).WithMetadata(gate with { Path = path });
    }
}
