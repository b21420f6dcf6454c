namespace AotSidecar.Http;

/// <summary>
/// CORS (Fetch standard) for allowed origins only: the exact origin is echoed, never <c>*</c>, and credentials are
/// never allowed.
/// </summary>
internal static class Cors
{
    private const string Methods = "GET, POST, PUT, DELETE, OPTIONS";

    private const string ResponseHeaders = "location, retry-after, retry-after-ms, www-authenticate, x-request-id";

    public static void Apply(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = ResponseHeaders;
    }

    /// <summary>
    /// Removes the CORS headers, so that an origin that may not use this session cannot read the refusal either.
    /// </summary>
    public static void Withdraw(HttpContext context)
    {
        context.Response.Headers.Remove("Access-Control-Allow-Origin");
        context.Response.Headers.Remove("Access-Control-Expose-Headers");
    }

    public static bool IsPreflight(HttpRequest request) =>
        request.Method == HttpMethods.Options && request.Headers.AccessControlRequestMethod.Count > 0;

    public static Task AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;

        // Pages send their own headers (tracing, tenants). None has an effect here, so all requested ones are allowed.
        headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;

        // Ten minutes, a session's default lifetime: the next session may allow other origins.
        headers.AccessControlMaxAge = "600";
        if (context.Request.Headers.ContainsKey("Access-Control-Request-Private-Network"))
        {
            headers["Access-Control-Allow-Private-Network"] = "true";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
