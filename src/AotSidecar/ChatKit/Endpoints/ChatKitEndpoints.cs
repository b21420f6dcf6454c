using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Providers.Transport;
using AotSidecar.Sessions;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>The protocol's endpoint. The operation's name alone decides between JSON and a stream.</summary>
internal sealed class ChatKitEndpoints(
    JsonOperations json, TurnRunner runner, ThreadArchive archive, TrustStore trust,
    MemoryBudget budget, ChatKitOptions options)
{
    private const int MaxBody = 4 * 1024 * 1024;

    /// <summary>Read and thrown away of a body that is too long.</summary>
    private const int MaxDrained = 16 * 1024 * 1024;

    private static readonly ErrorEvent TooManyStreams = new()
    {
        Message = "too many answers are being written at once; wait for one to end",
        AllowRetry = true,
        Reason = "too_many_streams",
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGated("/chatkit", Credential.SessionToken, MethodRoute.Post(BodyKind.Json, HandleAsync));

        // The path of this sidecar's predecessor, for extensions that migrated.
        routes.MapGated("/api/chat/chatkit", Credential.SessionToken, MethodRoute.Post(BodyKind.Json, HandleAsync));
    }

    private async Task HandleAsync(HttpContext context)
    {
        ChatKitRequest request;
        IDisposable alone;
        try
        {
            using var body = await BoundedBody.ReadAsync(context, MaxBody, budget);
            alone = await budget.EnterAloneAsync(body.Memory.Length, context.RequestAborted);
            context.Response.RegisterForDispose(alone);
            request = ChatKitRequestReader.Read(body.Memory);
        }
        catch (FailureException e) when (WantsStream(context))
        {
            await DrainAsync(context);
            await runner.RefuseAsync(context, e.Failure);
            return;
        }

        if (archive.IsOnDisk)
        {
            await SocketThreads.LeaveAsync();
        }

        if (!request.Streams)
        {
            alone.Dispose();
            using var reply = new JsonReply(context);
            await json.RunAsync(request, reply, context);
            await reply.CompleteAsync();

            // A page lists its threads when it opens; use the time until the first message.
            trust.ReadAhead(context.CurrentSession.Provider);
            return;
        }

        await StreamAsync(context, request, alone);
    }

    private async Task StreamAsync(HttpContext context, ChatKitRequest request, IDisposable alone)
    {
        var session = context.CurrentSession;
        if (!session.TryBeginStream(options.MaxStreamsPerSession))
        {
            await runner.RefuseAsync(context, request, TooManyStreams);
            return;
        }

        try
        {
            await runner.RunAsync(context, request, alone);
        }
        finally
        {
            session.EndStream();
        }
    }

    /// <summary>A browser that is still sending when the reply comes reads nothing of it.</summary>
    private static async Task DrainAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = MaxDrained;
        }

        var buffer = new byte[16 * 1024];
        try
        {
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) > 0)
            {
            }
        }
        catch (BadHttpRequestException)
        {
            // Beyond any bound: the connection ends with the reply.
        }
    }

    /// <summary>A page shows nothing of a status: what it reads as a stream is refused as one.</summary>
    private static bool WantsStream(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
