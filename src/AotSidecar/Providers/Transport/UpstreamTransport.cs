using AotSidecar.Crypto;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// The connection pool, created by the first request. Returns a reply once its headers are in; every failure before
/// that is an <see cref="UpstreamException"/>.
/// </summary>
internal sealed class UpstreamTransport : IDisposable
{
    private readonly Lazy<HttpMessageInvoker> _invoker;
    private readonly UpstreamTimeouts _timeouts;
    private readonly TimeProvider _clock;

    public UpstreamTransport(UpstreamOptions options, UpstreamTimeouts timeouts, TimeProvider clock)
    {
        (_timeouts, _clock) = (timeouts, clock);
        _invoker = new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(ProviderHandler.Create(options, timeouts, clock)));
    }

    /// <summary>Sends with the time limit that suits the provider.</summary>
    /// <exception cref="UpstreamException">No reply, or a redirect, which is not followed.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            request.RequestUri is { IsLoopback: true } ? _timeouts.LocalFirstByte : _timeouts.FirstByte,
            cancellationToken);

    /// <param name="firstByte">How long the head of the reply may take.</param>
    /// <exception cref="UpstreamException">No reply, or a redirect, which is not followed.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, TimeSpan firstByte, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.Scheme == Uri.UriSchemeHttps && TlsLibrary.Fault is { } fault)
        {
            throw new UpstreamException(UpstreamFailures.TlsLibraryUnusable(fault));
        }

        using var deadline = new CancellationTokenSource(firstByte, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        HttpResponseMessage response;
        try
        {
            response = await _invoker.Value.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailures.TimedOut, e);
        }
        catch (HttpRequestException e)
        {
            throw new UpstreamException(TransportFailures.From(e), e);
        }

        // Below 200: a protocol switch that nobody asked for.
        var failure = (int)response.StatusCode switch
        {
            < 200 => UpstreamFailures.BadResponse,
            >= 300 and < 400 => UpstreamFailures.Redirected,
            _ => null,
        };
        if (failure is not null)
        {
            response.Dispose();
            throw new UpstreamException(failure);
        }

        return response;
    }

    public void Dispose()
    {
        if (_invoker.IsValueCreated)
        {
            _invoker.Value.Dispose();
        }
    }
}
