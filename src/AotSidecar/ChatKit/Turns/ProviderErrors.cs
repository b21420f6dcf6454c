using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Failures;

namespace AotSidecar.ChatKit.Turns;

internal static class ProviderErrors
{
    /// <summary>
    /// Maps a provider's failure to the event that the reader sees. Technical problems are <c>stream.error</c>; what a
    /// person has to fix (a key, a quota, a model's name) is <c>custom</c>, with a retry for afterwards. Both have our
    /// own words.
    /// </summary>
    public static ErrorEvent ToEvent(this UpstreamFailure failure) => new()
    {
        Code = failure.Category is FailureCategory.Network or FailureCategory.Server or FailureCategory.Timeout
            or FailureCategory.Protocol or FailureCategory.TooLarge
            ? ErrorEvent.StreamError
            : ErrorEvent.Custom,
        Message = failure.Message,
        AllowRetry = failure.Retryable
            || failure.Category is FailureCategory.Auth or FailureCategory.Quota or FailureCategory.NotFound,
        Reason = failure.Code,
    };
}
