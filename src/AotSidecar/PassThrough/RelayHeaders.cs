using System.Net.Http.Headers;

namespace AotSidecar.PassThrough;

/// <summary>
/// Allow-lists of the headers that are forwarded. Everything else (cookies, origins, addresses, tracing) may identify
/// the user.
/// </summary>
internal static class RelayHeaders
{
    private static readonly string[] ToProvider = ["Accept", "OpenAI-Beta", "Idempotency-Key", "X-Client-Request-Id"];

    private static readonly string[] ToPage =
        ["Retry-After", "retry-after-ms", "x-should-retry", "x-request-id", "openai-model", "openai-processing-ms", "openai-version"];

    public static void CopyRequest(HttpRequest from, HttpRequestMessage to)
    {
        foreach (var name in ToProvider)
        {
            if (from.Headers.TryGetValue(name, out var values))
            {
                to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (to.Content is { } content && from.ContentType is { } type)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
    }

    public static void CopyResponse(HttpResponseMessage from, HttpResponse to)
    {
        foreach (var name in ToPage)
        {
            Copy(from.Headers, name, to);
        }

        foreach (var (name, values) in from.Headers.NonValidated)
        {
            if (name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase))
            {
                Set(to, name, values.ToString());
            }
        }

        Copy(from.Content.Headers, "Content-Type", to);
        Copy(from.Content.Headers, "Content-Encoding", to);

        // A length is meaningless with chunks, and some statuses forbid it.
        if (from.Headers.TransferEncodingChunked != true && HasBody(to.StatusCode))
        {
            to.ContentLength = from.Content.Headers.ContentLength;
        }
    }

    /// <summary>Whether a reply of this status may have a body at all.</summary>
    public static bool HasBody(int status) => status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent);

    private static void Copy(HttpHeaders from, string name, HttpResponse to)
    {
        if (from.NonValidated.TryGetValues(name, out var values))
        {
            Set(to, name, values.ToString());
        }
    }

    /// <summary>Skips values that Kestrel would refuse; the reply matters more than the header.</summary>
    private static void Set(HttpResponse to, string name, string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            to.Headers[name] = value;
        }
    }
}
