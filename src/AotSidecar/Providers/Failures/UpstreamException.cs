namespace AotSidecar.Providers.Failures;

/// <summary>Ends a request to a provider; caught once, where the turn ends.</summary>
internal sealed class UpstreamException(UpstreamFailure failure, Exception? inner = null)
    : Exception(failure.Code, inner)
{
    public UpstreamFailure Failure { get; } = failure;
}
