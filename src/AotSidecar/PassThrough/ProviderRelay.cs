using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Transport;
using AotSidecar.Sessions;

namespace AotSidecar.PassThrough;

/// <summary>Forwards one request to the session's provider and streams the reply back, byte for byte.</summary>
internal sealed class ProviderRelay(
    UpstreamTransport transport, SessionStore sessions, RunningStreams running, RequestCounters counters, TimeProvider clock,
    ILogger<ProviderRelay> logger)
{
    private const int BufferSize = 32 * 1024;

    /// <summary>The HTTP client never returns more from one read.</summary>
    private const int SmallestRead = 4 * 1024;

    /// <summary>Longest wait between two reads; providers send something at least every minute.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(120);

    public async Task ForwardAsync(HttpContext context, string pathAndQuery)
    {
        using var lease = running.Enter();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.CurrentSession.Revoked, running.Cut);
        try
        {
            var provider = context.CurrentSession.Provider;
            using var request = ProviderRequest.Create(new HttpMethod(context.Request.Method), provider, pathAndQuery);
            if (!HttpMethods.IsGet(context.Request.Method))
            {
                request.Content = new RelayBody(context.Request);
            }

            RelayHeaders.CopyRequest(context.Request, request);
            using var response = await transport.SendAsync(request, ends.Token);
            await ReplyAsync(context, response, ends.Token);
        }
        catch (UpstreamException e) when (e.GetBaseException() is BadHttpRequestException body)
        {
            // The page's body was too large or cut short; not the provider's fault.
            ExceptionDispatchInfo.Throw(body);
        }
        catch (UpstreamException e)
        {
            Count(e.Failure);
            await e.Failure.WriteAsync(context);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && ends.IsCancellationRequested)
        {
            await EndEarlyAsync(context);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException && !context.RequestAborted.IsCancellationRequested)
        {
            // The provider's connection broke in the middle of its reply: the page must see a broken reply, not a short
            // one.
            Count(UpstreamFailures.Unreachable);
            await UpstreamFailures.Unreachable.WriteAsync(context);
        }
    }

    private async Task ReplyAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if ((int)response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            // A 401 would make the page renew its session token for ever.
            Count(UpstreamFailures.AuthFailed);
            sessions.RevokeKey(context.CurrentSession.Grant.SecretKeyId);
            await UpstreamFailures.AuthFailed.WriteAsync(context);
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        RelayHeaders.CopyResponse(response, context.Response);
        if (IsEventStream(context.Response))
        {
            context.Response.Headers.CacheControl = "no-cache, no-store";
        }

        if (!RelayHeaders.HasBody(context.Response.StatusCode))
        {
            return;
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await CopyAsync(body, context, cancellationToken);
    }

    /// <summary>
    /// Collects what can be read without waiting and writes it together. Nothing waits for more: a burst costs one
    /// write, and the head of the reply goes out before its first byte.
    /// </summary>
    private async Task CopyAsync(Stream body, HttpContext context, CancellationToken cancellationToken)
    {
        var page = context.Response.BodyWriter;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = clock.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), idle, IdleTime, Timeout.InfiniteTimeSpan);
        try
        {
            await context.Response.StartAsync(cancellationToken);
            var (start, end) = (0, 0);
            while (true)
            {
                var next = body.ReadAsync(buffer.AsMemory(end), idle.Token);
                if (!next.IsCompletedSuccessfully)
                {
                    // While the read waits for the rest of the buffer. A broken connection too comes after what came
                    // before it.
                    await (start == end ? page.FlushAsync(cancellationToken) : page.WriteAsync(buffer.AsMemory(start..end), cancellationToken));
                    start = end;
                }

                var read = await next;
                if (read == 0)
                {
                    break;
                }

                timer.Change(IdleTime, Timeout.InfiniteTimeSpan);
                end += read;
                if (buffer.Length - end < SmallestRead)
                {
                    await page.WriteAsync(buffer.AsMemory(start..end), cancellationToken);
                    (start, end) = (0, 0);

                    // A fast provider never makes this loop wait; leave the polling thread, so that its other sockets
                    // get their turn.
                    await SocketThreads.LeaveAsync();
                }
            }

            page.Write(buffer.AsSpan(start..end));
            if (context.Response.ContentLength is not null)
            {
                // Kestrel sends the rest of a chunked reply with its last chunk, and of one with a length only when
                // told.
                await page.FlushAsync(cancellationToken);
            }

            // Only on success: after a failure, a read into the buffer may still be under way.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>
    /// The session was revoked or the process is stopping: an event stream ends with an error that SDKs understand, any
    /// other reply is aborted.
    /// </summary>
    private async Task EndEarlyAsync(HttpContext context)
    {
        var revoked = context.CurrentSession.Revoked.IsCancellationRequested;
        var failure = revoked ? Failure.InvalidCredential : Failure.ShuttingDown;
        logger.RelayEnded(failure.Code);
        if (!context.Response.HasStarted)
        {
            await failure.WriteAsync(context);
        }
        else if (IsEventStream(context.Response))
        {
            var json = JsonSerializer.Serialize(FailureReply.Of(failure), FailureJson.Default.FailureReply);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"\n\nevent: error\ndata: {json}\n\n"), context.RequestAborted);
        }
        else
        {
            context.Abort();
        }
    }

    private static bool IsEventStream(HttpResponse response) =>
        response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    private void Count(UpstreamFailure failure)
    {
        counters.Add("provider_errors", failure.Code);
        logger.RelayFailed(failure.Code);
    }
}
