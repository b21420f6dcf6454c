using AotSidecar.Crypto;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// The connection pools, one for each proxy, created by the first request. Returns a reply once its headers are in; every failure before
/// that is an <see cref="UpstreamException"/>.
/// </summary>
internal sealed class UpstreamTransport : IDisposable
{
    /// <summary>Hosts use one or two; with more than this the pools are made anew.</summary>
    private const int MaxProxies = 32;

    private readonly Dictionary<OutboundProxy, HttpMessageInvoker> _invokers = [];
    private readonly Lock _gate = new();
    private readonly Lazy<HttpMessageInvoker> _direct;
    private readonly UpstreamOptions _options;
    private readonly UpstreamTimeouts _timeouts;
    private readonly TimeProvider _clock;

    public UpstreamTransport(UpstreamOptions options, UpstreamTimeouts timeouts, TimeProvider clock)
    {
        (_options, _timeouts, _clock) = (options, timeouts, clock);
        _direct = new Lazy<HttpMessageInvoker>(() => CreateInvoker(proxy: null));
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
            response = await InvokerFor(request).SendAsync(request, either.Token);
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
        if (_direct.IsValueCreated)
        {
            _direct.Value.Dispose();
        }

        foreach (var invoker in _invokers.Values)
        {
            invoker.Dispose();
        }
    }

    private HttpMessageInvoker InvokerFor(HttpRequestMessage request)
    {
        request.Options.TryGetValue(ProviderRequest.Proxy, out var named);
        if ((named ?? _options.Proxy()) is not { } proxy)
        {
            return _direct.Value;
        }

        lock (_gate)
        {
            if (_invokers.TryGetValue(proxy, out var known))
            {
                return known;
            }

            // Not disposed: requests may be running. Their idle connections close by themselves.
            if (_invokers.Count == MaxProxies)
            {
                _invokers.Clear();
            }

            return _invokers[proxy] = CreateInvoker(proxy);
        }
    }

    private HttpMessageInvoker CreateInvoker(OutboundProxy? proxy) =>
        new(ProviderHandler.Create(_options, proxy, _timeouts, _clock));
}
