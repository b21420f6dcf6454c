using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>A provider of model answers: the process boundary that tests replace.</summary>
internal interface IModelClient
{
    /// <summary>
    /// Asks for one turn. Failures are a last <see cref="ProviderEvent.Failed"/>, never an exception; cancellation throws
    /// <see cref="OperationCanceledException"/> and closes the connection to the provider at once.
    /// </summary>
    IAsyncEnumerable<ProviderEvent> StreamAsync(
        Provider provider, ModelRequest request, CancellationToken cancellationToken);
}
