using System.Globalization;
using System.Text.Json.Serialization;
using AotSidecar.Failures;
using AotSidecar.Json;

namespace AotSidecar.Http;

/// <summary>
/// The error body of every endpoint: OpenAI's shape under <c>error</c>, and the top-level <c>message</c> that ChatKit's
/// page reads.
/// </summary>
internal sealed record FailureReply(FailureReply.Inner Error, string Message)
{
    public static FailureReply Of(Failure failure) =>
        new(new Inner(TypeOf(failure.Status), failure.Code, failure.Message, failure.Param), failure.Message);

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    internal sealed record Inner(string Type, string Code, string Message, string? Param);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(FailureReply))]
internal sealed partial class FailureJson : JsonSerializerContext;

internal static class FailureReplies
{
    extension(Failure failure)
    {
        /// <summary>Answers with the failure, or cuts the connection if the reply has begun.</summary>
        public async Task WriteAsync(HttpContext context)
        {
            var response = context.Response;
            if (response.HasStarted)
            {
                context.Abort();
                return;
            }

            response.StatusCode = failure.Status;
            if (failure.Status == 401)
            {
                response.Headers.WWWAuthenticate = "Bearer";
            }

            if (failure.RetryAfter is { } wait)
            {
                response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            // The rest of such a body will not be read, and a stranger that was refused has no reason to stay connected.
            if (failure.Status is 413 or 408 || context.Features.Get<ClientConnection>() is { Trusted: false })
            {
                response.Headers.Connection = "close";
            }

            context.Features.Get<RequestCounters>()?.Refused(failure.Code);
            await response.WriteJsonAsync(FailureReply.Of(failure), FailureJson.Default.FailureReply, context.RequestAborted);
        }
    }
}
