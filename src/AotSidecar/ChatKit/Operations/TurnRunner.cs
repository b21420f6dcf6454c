using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Providers.Failures;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// Runs a prepared turn on its stream and maps every way of ending to at most one <c>error</c> event and a clean end.
/// After the first byte no failure is a status code, because the page would repeat the request.
/// </summary>
internal sealed class TurnRunner(
    StreamingOperations operations, RefusedOperations refused, ThreadStore threads, SessionStore sessions,
    RunningStreams running, RequestCounters counters, ChatKitOptions options, TimeProvider clock, ILogger<TurnRunner> logger)
{
    /// <param name="alone">
    /// Held until what the request brought is stored, but not while it waits for another turn.
    /// </param>
    public async Task RunAsync(HttpContext context, ChatKitRequest request, IDisposable alone)
    {
        using var lease = running.Enter();
        await using var stream = EventStream.Start(context, clock, options.DeltaInterval);
        var session = context.CurrentSession;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Revoked, running.Cut);
        TurnPlace? place = null;
        PreparedTurn? turn = null;
        try
        {
            place = await TakeAsync(request, session, stream, alone, ends.Token);
            turn = operations.Prepare(request, place.Thread);
            await RunAsync(context, turn, place, stream, alone, ends.Token);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.StreamEnded("the reader left before the turn began");
        }
#pragma warning disable CA1031 // a bug of ours must not become a 5xx: the page would send the request again, up to five times
        catch (Exception e)
#pragma warning restore CA1031
        {
            Refuse(stream, request, session, ToEvent(e, session));
        }
        finally
        {
            turn?.Room?.Dispose();
            place?.Dispose();
        }
    }

    /// <summary>An operation that may not begin.</summary>
    public async Task RefuseAsync(HttpContext context, ChatKitRequest request, ErrorEvent error)
    {
        await using var stream = EventStream.Start(context, clock);
        Refuse(stream, request, context.CurrentSession, error);
    }

    /// <summary>A request that is none.</summary>
    public async Task RefuseAsync(HttpContext context, Failure failure)
    {
        counters.Refused(failure.Code);
        await using var stream = EventStream.Start(context, clock);
        stream.Write(failure.ToEvent());
        stream.Complete();
    }

    /// <summary>
    /// Waits for the answer that is being written: what the user did meanwhile is not lost. Only an action goes on at
    /// once, because the answer may wait for it: a tool shows a widget and ends with the click.
    /// </summary>
    private async Task<TurnPlace> TakeAsync(
        ChatKitRequest request, Session session, EventStream stream, IDisposable alone, CancellationToken cancellationToken)
    {
        var place = new TurnPlace(operations.Find(request, session));
        if (place.TryTake() || request is ChatKitRequest.CustomAction)
        {
            return place;
        }

        alone.Dispose();
        try
        {
            await place.TakeAsync(stream, cancellationToken);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private void Refuse(EventStream stream, ChatKitRequest request, Session session, ErrorEvent error)
    {
        counters.Refused(error.Reason ?? error.Code);
        foreach (var item in refused.GiveBack(request, session))
        {
            stream.Write(new ItemDoneEvent(item));
        }

        // A retry names an item, and the message of a refused operation is stored nowhere.
        if (request is ChatKitRequest.CreateThread or ChatKitRequest.AddUserMessage)
        {
            error = error with { AllowRetry = false };
        }

        stream.Write(error);
        stream.Complete();
    }

    private ErrorEvent ToEvent(Exception exception, Session session)
    {
        switch (exception)
        {
            case OperationCanceledException when session.Revoked.IsCancellationRequested:
                return Failure.SessionRevoked.ToEvent();
            case OperationCanceledException when running.Cut.IsCancellationRequested:
                return Failure.ShuttingDown.ToEvent();
            case FailureException known:
                return known.Failure.ToEvent();
            default:
                logger.TurnFailed(exception);
                return Failure.Internal.ToEvent() with { Message = null, Reason = null };
        }
    }

    private async Task RunAsync(
        HttpContext context, PreparedTurn turn, TurnPlace place, EventStream stream, IDisposable alone, CancellationToken cancellationToken)
    {
        var session = context.CurrentSession;
        var pipeline = new TurnPipeline(turn.Thread, threads, stream);
        var isOpen = false;
        try
        {
            turn.Open(pipeline);
            alone.Dispose();
            isOpen = true;
            stream.Write(new StreamOptionsEvent(new StreamOptions(AllowCancel: true)));
            await turn.Respond(new TurnContext(session, session.Provider, pipeline, place, turn.Options), cancellationToken);
        }
#pragma warning disable CA1031 // whatever a cut connection makes fail first: the reader has stopped the answer, and the model is told so
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            logger.StreamEnded("the reader left");
            if (place.IsTaken)
            {
                KeepCancelled(pipeline);
            }

            return;
        }
        catch (UpstreamException e)
        {
            counters.Add("provider_errors", e.Failure.Code);
            Fail(pipeline, e.Failure.ToEvent());
            if (e.Failure.Category == FailureCategory.Auth)
            {
                await stream.FlushAsync(context.RequestAborted);
                sessions.RevokeKey(context.CurrentSession.Grant.SecretKeyId);
            }
        }
#pragma warning disable CA1031 // the turn's outermost edge: our own bug becomes one error event, and its stack goes to the log
        catch (Exception e)
#pragma warning restore CA1031
        {
            var error = ToEvent(e, session);
            if (!isOpen && turn.Message is { } message)
            {
                // It could not be stored, so it is given back like that of a refused operation.
                if (!RefusedOperations.IsLarge(message.Content, message.QuotedText))
                {
                    stream.Write(new ItemDoneEvent(message));
                }

                error = error with { AllowRetry = false };
            }

            Fail(pipeline, error);
        }
        finally
        {
            pipeline.Leave();
        }

        pipeline.AnnounceThread(atEnd: true);
        stream.Complete();
    }

    private void Fail(TurnPipeline pipeline, ErrorEvent error)
    {
        counters.Add("stream_errors", error.Reason ?? error.Code);
        try
        {
            pipeline.CloseOpenItems();
        }
        catch (StorageException e)
        {
            // What cannot be stored must not stay on screen; report that instead.
            pipeline.TakeBackOpenItems();
            error = e.Failure.ToEvent();
        }

        pipeline.Emit(error);
    }

    private static void KeepCancelled(TurnPipeline pipeline)
    {
        try
        {
            pipeline.KeepCancelled();
        }
        catch (StorageException)
        {
            // Logged where it failed; the reader is gone.
        }
    }
}
