using System.Runtime.CompilerServices;
using System.Text.Json;
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
/// Asks providers of both dialects for turns, and asks again where that can help and nobody has seen anything yet. A
/// second start of the same turn is not passed on.
/// </summary>
internal sealed class ModelClient(
    UpstreamTransport transport,
    UpstreamTimeouts timeouts,
    StreamLimits limits,
    EndpointOmissions endpoints,
    StaleReasoning stale,
    TimeProvider clock,
    ILogger<ModelClient> logger) : IModelClient
{
    private readonly UnknownTypes _unknown = new();

    public async IAsyncEnumerable<ProviderEvent> StreamAsync(
        Provider provider, ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var turnStarted = clock.GetTimestamp();
        request = stale.Without(request);
        var plan = new RetryPlan(
            endpoints,
            $"{provider.Api} {provider.BaseUrl.AbsoluteUri} {request.Model}",
            stale,
            request,
            Origin.Of(provider, request.Model));
        var started = false;
        var visible = false;
        for (var count = 1; ; count++)
        {
            AttemptFailure failed;
            using (var attempt = new ModelAttempt(transport, timeouts, limits, clock, _unknown, logger))
            {
                if (!TryWrite(provider, request, plan.Omitted, out var body))
                {
                    yield return new ProviderEvent.Failed(UpstreamFailures.InvalidRequest);
                    yield break;
                }

                logger.Asking(provider.Api, count);
                await attempt.OpenAsync(provider, request, body, turnStarted, cancellationToken);
                UpstreamFailure? failure = null;
                while (failure is null && await attempt.NextAsync() is { } next)
                {
                    failure = next is ProviderEvent.Failed end ? end.Failure : null;
                    var again = next is ProviderEvent.TurnStarted && started;
                    if (failure is null && !again)
                    {
                        started |= next is ProviderEvent.TurnStarted;
                        visible |= next is not ProviderEvent.TurnStarted;
                        yield return next;
                    }
                }

                if (failure is null)
                {
                    yield break;
                }

                failed = attempt.Explain(failure);
            }

            var delay = visible ? null : plan.Next(failed);
            if (delay is null)
            {
                logger.Failed(failed.Failure.Code, failed.Failure.RequestId ?? "none");
                yield return new ProviderEvent.Failed(failed.Failure);
                yield break;
            }

            if (delay > TimeSpan.Zero)
            {
                logger.AskingAgain((long)delay.Value.TotalMilliseconds, failed.Failure.Code);
                await Task.Delay(delay.Value, clock, cancellationToken);
            }
            else
            {
                logger.AskingWithout(plan.Omitted);
            }
        }
    }

    /// <summary>A tool whose schema is not JSON is the only thing that cannot be written.</summary>
    private static bool TryWrite(
        Provider provider, ModelRequest request, Omissions omitted, out ReadOnlyMemory<byte> body)
    {
        try
        {
            body = provider.Api == ProviderApi.ChatCompletions
                ? ChatRequest.Write(provider, request, omitted)
                : ResponsesRequest.Write(provider, request, omitted);
            return true;
        }
        catch (JsonException)
        {
            body = default;
            return false;
        }
    }
}
