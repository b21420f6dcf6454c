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
/// Requests turns from providers of both dialects, and retries where that can help and nothing of the answer has been
/// shown. Events that show nothing are held back until something visible comes or the answer is complete, so that an
/// abandoned attempt leaves nothing behind.
/// </summary>
internal sealed class ModelClient(
    UpstreamTransport transport,
    UpstreamTimeouts timeouts,
    StreamLimits limits,
    EndpointWorkarounds endpoints,
    RefusedContent refused,
    TimeProvider clock,
    ILogger<ModelClient> logger) : IModelClient
{
    private readonly UnknownTypes _unknown = new();

    public async IAsyncEnumerable<ProviderEvent> StreamAsync(
        Provider provider, ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var turnStarted = clock.GetTimestamp();
        var plan = new RetryPlan(endpoints, refused, provider, request, clock, timeouts);
        var shown = false;
        List<ProviderEvent> held = [];
        for (var count = 1; ; count++)
        {
            AttemptFailure failed;
            using (var attempt = new ModelAttempt(transport, timeouts, limits, clock, _unknown, logger))
            {
                if (!TryWrite(provider, plan.Request, plan.Workarounds, out var body))
                {
                    yield return new ProviderEvent.Failed(UpstreamFailures.InvalidRequest);
                    yield break;
                }

                logger.Asking(provider.Api, count);
                await attempt.OpenAsync(provider, plan.Request, body, FirstByte(provider, plan.Workarounds), turnStarted, cancellationToken);
                UpstreamFailure? failure = null;
                while (failure is null && await attempt.NextAsync() is { } next)
                {
                    if (next is ProviderEvent.Failed end)
                    {
                        failure = end.Failure;
                    }
                    else if (!shown && IsHeld(next))
                    {
                        held.Add(next);
                    }
                    else
                    {
                        shown |= next is not ProviderEvent.ReasoningStarted;
                        if (shown)
                        {
                            foreach (var earlier in held)
                            {
                                yield return earlier;
                            }

                            held.Clear();
                        }

                        yield return next;
                    }
                }

                if (failure is null)
                {
                    plan.Succeeded();
                    yield break;
                }

                failed = attempt.Explain(failure);
            }

            // Announced reasoning ends. Calls are dropped: they run only after a completion.
            var ended = held.Where(static next => next is not ProviderEvent.ToolCallDone).ToList();
            held.Clear();
            var delay = shown ? null : plan.Next(failed);
            if (delay is null)
            {
                foreach (var earlier in ended)
                {
                    yield return earlier;
                }

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
                logger.AskingOtherwise(plan.Workarounds);
            }
        }
    }

    /// <summary>
    /// Without streaming the first byte comes with the whole answer, so it gets as long as a local provider.
    /// </summary>
    private TimeSpan FirstByte(Provider provider, Workarounds workarounds) =>
        workarounds.HasFlag(Workarounds.NoStreaming) ? timeouts.LocalFirstByte : timeouts.FirstByteOf(provider);

    private static bool IsHeld(ProviderEvent next) =>
        next is ProviderEvent.TurnStarted or ProviderEvent.ToolCallDone or ProviderEvent.ReasoningDone;

    /// <summary>False only if a tool's schema is not JSON.</summary>
    private static bool TryWrite(
        Provider provider, ModelRequest request, Workarounds workarounds, out ReadOnlyMemory<byte> body)
    {
        try
        {
            body = provider.Api == ProviderApi.ChatCompletions
                ? ChatRequest.Write(provider, request, workarounds)
                : ResponsesRequest.Write(provider, request, workarounds);
            return true;
        }
        catch (JsonException)
        {
            body = default;
            return false;
        }
    }
}
