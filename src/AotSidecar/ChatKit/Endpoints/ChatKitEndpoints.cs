using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Transport;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>The one endpoint of the protocol: the operation's name alone decides between JSON and a stream.</summary>
internal sealed class ChatKitEndpoints(
    StreamingOperations streaming, JsonOperations json, TurnRunner runner, ThreadArchive archive, TrustStore trust,
    MemoryBudget budget, ChatKitOptions options)
{
    private const int MaxBody = 4 * 1024 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGated("/chatkit", Credential.SessionToken, MethodRoute.Post(BodyKind.Json, HandleAsync));

        // The path of the ancestor of this sidecar, for extensions that moved over.
        routes.MapGated("/api/chat/chatkit", Credential.SessionToken, MethodRoute.Post(BodyKind.Json, HandleAsync));
    }

    private async Task HandleAsync(HttpContext context)
    {
        ChatKitRequest request;
        IDisposable alone;
        using (var body = await BoundedBody.ReadAsync(context, MaxBody, budget))
        {
            alone = await budget.EnterAloneAsync(body.Memory.Length, context.RequestAborted);
            context.Response.RegisterForDispose(alone);
            request = ChatKitRequestReader.Read(body.Memory);
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

            // A page lists its threads when it opens: the seconds until the first message are free.
            trust.ReadAhead(context.CurrentSession.Provider);
            return;
        }

        try
        {
            await StreamAsync(context, request, alone);
        }
        catch (TurnException e)
        {
            await runner.RefuseAsync(context, e.Error);
        }
        catch (StorageException e)
        {
            await runner.RefuseAsync(context, e.ToEvent());
        }
#pragma warning disable CA1031 // a bug of ours must not become a 5xx: the page would send the request again, up to five times
        catch (Exception e) when (e is not ProblemException && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await runner.RefuseAsync(context, e);
        }
    }

    private async Task StreamAsync(HttpContext context, ChatKitRequest request, IDisposable alone)
    {
        var session = context.CurrentSession;
        if (!session.TryBeginStream(options.MaxStreamsPerSession))
        {
            throw TurnException.Custom("too_many_streams", "too many answers are being written at once; wait for one to end", allowRetry: true);
        }

        try
        {
            await runner.RunAsync(context, streaming.Prepare(request, session), alone);
        }
        finally
        {
            session.EndStream();
        }
    }
}
