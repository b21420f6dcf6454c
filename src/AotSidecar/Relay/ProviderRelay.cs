using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text;
using AotSidecar.Hosting;
using AotSidecar.Sessions;
using AotSidecar.Upstream;

namespace AotSidecar.Relay;

/// <summary>Passes one request on to the session's provider and its reply back, byte for byte, each as it comes.</summary>
internal sealed class ProviderRelay(
    UpstreamTransport transport, UpstreamOptions upstream, RunningStreams running, RequestCounters counters, TimeProvider clock,
    ILogger<ProviderRelay> logger)
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Between two reads; providers send something at least every minute.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(120);

    public async Task ForwardAsync(HttpContext context, string pathAndQuery)
    {
        using var lease = running.Enter();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.CurrentSession.Revoked, running.Cut);
        try
        {
            var provider = upstream.Resolve(context.CurrentSession.Credential);
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
            // The page's body was too large or cut short, which the provider is not to blame for.
            ExceptionDispatchInfo.Throw(body);
        }
        catch (UpstreamException e)
        {
            Count(e.Failure);
            await ToProblem(e.Failure).WriteAsync(context);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && ends.IsCancellationRequested)
        {
            await EndEarlyAsync(context);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException && !context.RequestAborted.IsCancellationRequested)
        {
            // The provider's connection broke after its reply had begun: the page must see a broken reply, not a short one.
            Count(UpstreamFailures.Unreachable);
            await ToProblem(UpstreamFailures.Unreachable).WriteAsync(context);
        }
    }

    private async Task ReplyAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if ((int)response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            // Passed on as it is, it would make the page renew its own credential for ever.
            Count(UpstreamFailures.AuthFailed);
            context.RejectKey();
            await ToProblem(UpstreamFailures.AuthFailed).WriteAsync(context);
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        RelayHeaders.CopyResponse(response, context.Response);
        if (!RelayHeaders.HasBody(context.Response.StatusCode))
        {
            return;
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await CopyAsync(body, context, cancellationToken);
    }

    /// <summary>One write and flush for what one read gave: nothing waits for more, and a burst costs one of each.</summary>
    private async Task CopyAsync(Stream body, HttpContext context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = clock.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), idle, IdleTime, Timeout.InfiniteTimeSpan);
        try
        {
            await context.Response.StartAsync(cancellationToken);
            int read;
            while ((read = await body.ReadAsync(buffer, idle.Token)) > 0)
            {
                await context.Response.BodyWriter.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                timer.Change(IdleTime, Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Revoked, or the process is stopping: a stream ends with an error that the SDKs understand, anything else is cut.</summary>
    private async Task EndEarlyAsync(HttpContext context)
    {
        var revoked = context.CurrentSession.Revoked.IsCancellationRequested;
        var problem = revoked
            ? new Problem(401, "invalid_credential", "the session was ended")
            : new Problem(503, "shutting_down", "the sidecar is stopping");
        logger.RelayEnded(problem.Code);
        if (!context.Response.HasStarted)
        {
            await problem.WriteAsync(context);
        }
        else if (context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true)
        {
            var json = Encoding.UTF8.GetString(problem.ToJson());
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"\n\nevent: error\ndata: {json}\n\n"), context.RequestAborted);
        }
        else
        {
            context.Abort();
        }
    }

    private void Count(UpstreamFailure failure)
    {
        counters.Add("provider_errors", failure.Code);
        logger.RelayFailed(failure.Code);
    }

    private static Problem ToProblem(UpstreamFailure failure) =>
        new(failure.Status, failure.Code, failure.Message, RetryAfter: (int?)failure.RetryAfter?.TotalSeconds);
}
