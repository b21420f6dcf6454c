using System.Globalization;
using System.Text.Json;
using AotSidecar.Json;

namespace AotSidecar.Http;

/// <summary>
/// The error body of every endpoint: OpenAI's shape under <c>error</c>, and the top-level <c>message</c> that ChatKit's
/// page reads.
/// </summary>
/// <param name="Message">Our own words, never text from the provider, the host or an exception.</param>
/// <param name="Param">The offending member's path.</param>
/// <param name="RetryAfter">Seconds.</param>
internal sealed record Problem(int Status, string Code, string Message, string? Param = null, int? RetryAfter = null)
{
    public static Problem Internal { get; } =
        new(500, "internal_error", "the sidecar failed to handle this request; its log has the details");

    public static Problem NotFound { get; } = new(404, "not_found", "there is nothing at this path");

    public static Problem TooLarge(long limit) =>
        new(413, "payload_too_large", $"the body is larger than {limit.ToString(CultureInfo.InvariantCulture)} bytes");

    public static Problem MemoryFull { get; } =
        new(507, "memory_full", "the sidecar's memory is full; delete some conversations or files, or wait a moment");

    public static Problem InvalidJson(string message) => new(400, "invalid_json", message);

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.StatusCode = Status;
        if (Status == 401)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        // The rest of such a body will not be read, and a stranger that was refused has no reason to stay connected.
        if (Status is 413 or 408 || context.Features.Get<ClientConnection>() is { Trusted: false })
        {
            response.Headers.Connection = "close";
        }

        context.Features.Get<RequestCounters>()?.Refused(Code);
        await response.WriteJsonAsync(ToJson(), context.RequestAborted);
    }

    public byte[] ToJson()
    {
        using var body = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("type"u8, Type);
            json.WriteString("code"u8, Code);
            json.WriteString("message"u8, Message);
            json.WriteString("param"u8, Param);
            json.WriteEndObject();
            json.WriteString("message"u8, Message);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private string Type => Status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}

/// <summary>Ends a request with a problem, which the outermost middleware writes.</summary>
internal class ProblemException(Problem problem) : Exception(problem.Code)
{
    public Problem Problem { get; } = problem;
}
