using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Failures;

namespace AotSidecar.ChatKit.Turns;

internal static class ProviderErrors
{
    /// <summary>
    /// A provider's failure as the one event its reader sees. Technical troubles are <c>stream.error</c>; what a person
    /// has to mend (a key, a quota, a model's name) is <c>custom</c>, and can be tried again once it is mended. Both carry our
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
