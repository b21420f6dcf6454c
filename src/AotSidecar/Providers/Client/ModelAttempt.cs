using System.Net.Http.Headers;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.ChatCompletions;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Responses;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>
/// One request and its reply. Disposing it closes the connection unless the reply was read to its end.
/// </summary>
internal sealed class ModelAttempt(
    UpstreamTransport transport, UpstreamTimeouts timeouts, StreamLimits limits, TimeProvider clock, UnknownTypes unknown, ILogger logger)
    : IDisposable
{
    private HttpResponseMessage? _response;
    private TurnTranslator? _translator;
    private ReadDeadline? _deadline;
    private TurnStream? _stream;
    private CancellationTokenRegistration _closing;
    private AttemptFailure? _refused;

    /// <summary>Details of the failure that <see cref="NextAsync"/> returned.</summary>
    public AttemptFailure Explain(UpstreamFailure failure) => _refused ?? new AttemptFailure(
        failure with { RequestId = _response is null ? null : AttemptFailure.RequestId(_response) },
        _translator?.LastError ?? ProviderError.Unknown,
        Status: null,
        Delay: _translator is null ? null : ServerDelay.FromMessage(_translator.LastError.Message),
        Advice: null);

    /// <summary>Sends the request and reads the head of the reply.</summary>
    /// <param name="firstByte">How long the head of the reply may take.</param>
    /// <param name="turnStarted">When the turn's first attempt began.</param>
    public async Task OpenAsync(
        Provider provider,
        ModelRequest request,
        ReadOnlyMemory<byte> body,
        TimeSpan firstByte,
        long turnStarted,
        CancellationToken cancellationToken)
    {
        var chat = provider.Api == ProviderApi.ChatCompletions;
        using var message = ProviderRequest.Create(
            HttpMethod.Post, provider, chat ? "/chat/completions" : "/responses");
        message.Headers.Accept.ParseAdd("text/event-stream");
        message.Headers.Accept.ParseAdd("application/json");
        message.Content = new ReadOnlyMemoryContent(body);
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            _response = await transport.SendAsync(message, firstByte, cancellationToken);
            if (!_response.IsSuccessStatusCode)
            {
                _refused = await AttemptFailure.OfReplyAsync(_response, timeouts, clock, cancellationToken);
                return;
            }

            var context = AnswerContext.For(provider, request, limits, unknown, logger);
            _translator = chat ? new ChatTurn(context) : new ResponsesTurn(context);
            await ReadHeadAsync(provider, turnStarted, cancellationToken);
        }
        catch (UpstreamException e)
        {
            _refused = AttemptFailure.Of(e.Failure);
        }
    }

    /// <summary>The next event, or null after the last. Completes synchronously while bytes are buffered.</summary>
    public ValueTask<ProviderEvent?> NextAsync()
    {
        if (_refused is { } refused)
        {
            return new(new ProviderEvent.Failed(refused.Failure));
        }

        return _stream?.NextAsync()
            ?? new(_translator is not null && _translator.Sink.TryTake(out var next) ? next : null);
    }

    public void Dispose()
    {
        _closing.Dispose();
        _stream?.Dispose();
        _deadline?.Dispose();
        _response?.Dispose();
    }

    private async Task ReadHeadAsync(Provider provider, long turnStarted, CancellationToken cancellationToken)
    {
        if (_response!.Content.Headers.ContentEncoding.Any(coding => coding != "identity"))
        {
            throw new UpstreamException(UpstreamFailures.Compressed);
        }

        // Close the connection on cancellation even if the consumer has stopped reading.
        _closing = cancellationToken.UnsafeRegister(
            static response => ((HttpResponseMessage)response!).Dispose(), _response);
        var body = await _response.Content.ReadAsStreamAsync(cancellationToken);
        var firstEvent = provider.BaseUrl.IsLoopback ? timeouts.LocalFirstByte : timeouts.Idle;
        _deadline = new ReadDeadline(clock, timeouts, turnStarted, firstEvent, cancellationToken);
        _stream = new TurnStream(body, _translator!, _deadline, timeouts, limits, cancellationToken);
        switch (_response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant())
        {
            case "text/event-stream":
                await _stream.GuessAsync(otherwise: null);
                break;
            case "application/json":
                await _stream.GuessAsync(UpstreamFailures.Garbled);
                break;
            case null or "text/plain" or "application/octet-stream" or "application/x-ndjson":
                await _stream.GuessAsync(UpstreamFailures.BadResponse);
                break;
            default:
                throw new UpstreamException(UpstreamFailures.BadResponse);
        }
    }
}
