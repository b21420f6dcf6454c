using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>Asks model providers. Tests replace this process boundary.</summary>
internal interface IModelClient
{
    /// <summary>
    /// Asks for one turn. A failure is the last event (<see cref="ProviderEvent.Failed"/>), not an exception;
    /// cancellation throws <see cref="OperationCanceledException"/> and closes the connection to the provider at once.
    /// </summary>
    IAsyncEnumerable<ProviderEvent> StreamAsync(
        Provider provider, ModelRequest request, CancellationToken cancellationToken);
}
