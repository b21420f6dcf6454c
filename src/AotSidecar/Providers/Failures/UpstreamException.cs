using AotSidecar.Failures;

namespace AotSidecar.Providers.Failures;

/// <summary>Ends a request to a provider.</summary>
internal sealed class UpstreamException(UpstreamFailure failure, Exception? inner = null) : FailureException(failure, inner)
{
    public new UpstreamFailure Failure { get; } = failure;
}
