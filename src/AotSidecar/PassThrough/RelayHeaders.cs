using System.Net.Http.Headers;

namespace AotSidecar.PassThrough;

/// <summary>
/// Which headers cross. Lists of what may pass, not of what may not: cookies, origins, addresses, tracing and whatever a
/// browser invents next say who the user is and are nobody's business.
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

        // beside chunks a length means nothing, and beside some statuses it may not be
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

    /// <summary>What cannot stand in a header of ours is left out: the reply is worth more than a name in it.</summary>
    private static void Set(HttpResponse to, string name, string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            to.Headers[name] = value;
        }
    }
}
