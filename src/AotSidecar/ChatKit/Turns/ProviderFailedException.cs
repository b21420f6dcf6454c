using AotSidecar.Providers.Failures;

namespace AotSidecar.ChatKit.Turns;

/// <summary>The provider failed in a way that ends the turn; said to the reader as one error event.</summary>
internal sealed class ProviderFailedException(UpstreamFailure failure) : Exception(failure.Code)
{
    public UpstreamFailure Failure { get; } = failure;
}
