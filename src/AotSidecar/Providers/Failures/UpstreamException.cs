namespace AotSidecar.Providers.Failures;

/// <summary>Ends a conversation with a provider; turned into an event or a result once, where the turn ends.</summary>
internal sealed class UpstreamException(UpstreamFailure failure, Exception? inner = null)
    : Exception(failure.Code, inner)
{
    public UpstreamFailure Failure { get; } = failure;
}
