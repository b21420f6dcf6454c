using System.Net.Http.Headers;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// A failed attempt, with the provider's hints about retrying. Only <see cref="Failure"/> is ever shown.
/// </summary>
/// <param name="Status">Of the reply; null when the failure came in a stream or before one.</param>
/// <param name="Delay">The delay that the provider asks for, unrounded.</param>
/// <param name="Advice"><c>x-should-retry</c>, if sent.</param>
internal sealed record AttemptFailure(
    UpstreamFailure Failure, ProviderError Error, int? Status, TimeSpan? Delay, bool? Advice)
{
    public static AttemptFailure Of(UpstreamFailure failure) => new(failure, ProviderError.Unknown, null, null, null);

    /// <summary>Reads an error reply, within a short time limit.</summary>
    public static async Task<AttemptFailure> OfReplyAsync(
        HttpResponseMessage response, UpstreamTimeouts timeouts, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeouts.ErrorBody, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var error = ProviderError.Unknown;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(either.Token);
            error = ProviderError.FromBody(await ReplyBody.ReadUpToAsync(body, ProviderError.MaxBody, either.Token));
        }
        catch (Exception e) when (e is IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The status has to suffice.
        }

        var status = (int)response.StatusCode;
        var failure = FailureClassifier.Classify(error, status);
        var delay = ServerDelay.FromHeaders(response.Headers, clock) ?? ServerDelay.FromMessage(error.Message);
        var waits = failure.Category is FailureCategory.Rate or FailureCategory.Overloaded;
        return new AttemptFailure(
            failure with
            {
                RetryAfter = waits ? ServerDelay.ForReader(delay) : null,
                RequestId = RequestId(response),
            },
            error,
            status,
            delay,
            AdviceIn(response.Headers));
    }

    /// <summary>
    /// A request id is shown and logged, so it must look like one, and must not be the key that was sent, which looks
    /// similar.
    /// </summary>
    public static string? RequestId(HttpResponseMessage response) =>
        First(response.Headers, "x-request-id") is { Length: > 0 and <= 64 } id
        && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
        && !CredentialsOf(response.RequestMessage).Any(sent => sent.Contains(id, StringComparison.Ordinal) || id.Contains(sent, StringComparison.Ordinal))
            ? id
            : null;

    /// <summary>Every header of the request that may hold a key: providers have several names for it.</summary>
    private static IEnumerable<string> CredentialsOf(HttpRequestMessage? request) =>
        from header in request?.Headers.NonValidated ?? default
        where header.Key.EndsWith("Authorization", StringComparison.OrdinalIgnoreCase) || header.Key.EndsWith("key", StringComparison.OrdinalIgnoreCase)
        from value in header.Value
        select value.Split(' ')[^1];

    private static bool? AdviceIn(HttpResponseHeaders headers) => First(headers, "x-should-retry") switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.First() : null;
}
