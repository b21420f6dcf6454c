namespace AotSidecar.Http;

/// <summary>CORS for allowed origins only: the exact origin is echoed, never <c>*</c>, and credentials are never allowed (Fetch standard, section 3.2).</summary>
internal static class Cors
{
    private const string Methods = "GET, POST, PUT, DELETE, OPTIONS";

    /// <summary>OpenAI's ChatKit component sends the first group, its SDKs in a browser the second.</summary>
    private const string RequestHeaders =
        "authorization, content-type, accept, accept-language, chatkit-frame-instance-id, last-event-id, "
        + "openai-beta, openai-organization, openai-project, idempotency-key, x-client-request-id, x-stainless-arch, "
        + "x-stainless-helper-method, x-stainless-lang, x-stainless-os, x-stainless-package-version, "
        + "x-stainless-poll-helper, x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, "
        + "x-stainless-timeout";

    private const string ResponseHeaders = "location, retry-after, retry-after-ms, www-authenticate, x-request-id";

    public static void Apply(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = ResponseHeaders;
    }

    /// <summary>The origin is allowed to ask, but not for what it asked: it may not read the refusal either.</summary>
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
        headers.AccessControlAllowHeaders = RequestHeaders;

        // Ten minutes, a session's default lifetime: a new session may come with another set of allowed origins.
        headers.AccessControlMaxAge = "600";
        if (context.Request.Headers.ContainsKey("Access-Control-Request-Private-Network"))
        {
            headers["Access-Control-Allow-Private-Network"] = "true";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
