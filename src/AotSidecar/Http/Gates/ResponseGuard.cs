using AotSidecar.Failures;
using AotSidecar.Process;

namespace AotSidecar.Http;

/// <summary>
/// The outermost middleware: adds security headers to every reply and turns exceptions into the error body.
/// </summary>
internal sealed class ResponseGuard(RequestCounters counters, IdleMemory memory, ILogger<ResponseGuard> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        using var work = memory.Enter();
        var client = context.Features.Get<ClientConnection>();
        client?.Begin();
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        context.Features.Set(counters);
        try
        {
            await next(context);
        }
        catch (FailureException e)
        {
            logger.RequestRefused(e.Failure.Code, e.Failure.Status);
            await e.Failure.WriteAsync(context);
        }
        catch (BadHttpRequestException e)
        {
            await FromServer(e.StatusCode).WriteAsync(context);
        }
#pragma warning disable CA1031 // the outermost edge of a request: our own bug becomes one 500, and its stack goes to the log
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; there is nobody to tell.
        }
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.RequestFailed(e);
            await Failure.Internal.WriteAsync(context);
        }
        finally
        {
            client?.End();
        }
    }

    /// <summary>Errors that Kestrel reports while a body is read.</summary>
    private static Failure FromServer(int status) => status switch
    {
        413 => Failure.BodyTooLarge,
        408 => Failure.RequestTimeout,
        _ => Failure.InvalidRequest,
    };
}
