using AotSidecar.Failures;

namespace AotSidecar.Providers.Failures;

/// <summary>A provider's failure in our own words. Text from the provider is never in it.</summary>
/// <param name="Code">
/// <c>upstream_auth_failed</c>, <c>upstream_timeout</c> and others: docs/providers.md#failures.
/// </param>
/// <param name="Message">One actionable sentence for the reader of the chat.</param>
/// <param name="Retryable">Whether asking again may help.</param>
/// <param name="Status">HTTP status of our reply where no stream has begun: docs/providers.md#failures.</param>
/// <param name="RetryAfter">How long the provider asked to wait, 1 s to 1 h.</param>
/// <param name="RequestId">The provider's request id, for its support.</param>
internal sealed record UpstreamFailure(
    FailureCategory Category,
    string Code,
    string Message,
    bool Retryable,
    int Status,
    TimeSpan? RetryAfter = null,
    string? RequestId = null)
    : Failure(Status, Code, Message, Retryable, RetryAfter)
{
    public override bool IsTechnical => Category is FailureCategory.Network or FailureCategory.Server
        or FailureCategory.Timeout or FailureCategory.Protocol or FailureCategory.TooLarge;

    /// <summary>A refused key, an empty quota and a wrong model work again once the user has mended them.</summary>
    public override bool MayBeRetriedByReader =>
        Retryable || Category is FailureCategory.Auth or FailureCategory.Quota or FailureCategory.NotFound;
}

internal enum FailureCategory
{
    Auth,
    Quota,
    Rate,
    Overloaded,
    Context,
    Policy,
    BadRequest,
    NotFound,
    Server,
    Network,
    Timeout,
    Protocol,
    TooLarge,
    Redirect,
    Cancelled,
}
