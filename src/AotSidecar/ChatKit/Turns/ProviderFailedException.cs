using AotSidecar.Providers.Failures;

namespace AotSidecar.ChatKit.Turns;

/// <summary>A provider's failure that ends the turn with one <c>error</c> event.</summary>
internal sealed class ProviderFailedException(UpstreamFailure failure) : Exception(failure.Code)
{
    public UpstreamFailure Failure { get; } = failure;
}
