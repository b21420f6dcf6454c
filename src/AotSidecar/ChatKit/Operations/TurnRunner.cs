using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// Runs a prepared turn on its stream and turns every way of ending into what the reader should see: at most one error
/// event, then a clean end of the body. From the first byte on nothing is a status code any more, because the page would
/// send a failed request again.
/// </summary>
internal sealed class TurnRunner(
    ThreadStore threads, SessionStore sessions, RunningStreams running, RequestCounters counters, ChatKitOptions options,
    TimeProvider clock, ILogger<TurnRunner> logger)
{
    private static readonly ErrorEvent Revoked = new()
    {
        Code = ErrorEvent.Custom,
        Message = "the session was ended; open the chat again",
        Reason = "session_revoked",
    };

    private static readonly ErrorEvent Stopping = new()
    {
        Code = ErrorEvent.StreamError,
        Message = "the sidecar is stopping; try again in a moment",
        AllowRetry = true,
        Reason = "shutting_down",
    };

    private static readonly ErrorEvent Internal = new() { Code = ErrorEvent.StreamError, AllowRetry = true };

    /// <param name="alone">Held until what the request brought is stored.</param>
    public async Task RunAsync(HttpContext context, PreparedTurn turn, IDisposable alone)
    {
        try
        {
            using var lease = running.Enter();
            await using var stream = EventStream.Start(context, clock, options.DeltaInterval);
            await RunAsync(context, turn, stream, alone);
        }
        finally
        {
            turn.Room?.Dispose();
            turn.Thread.EndStreaming();
        }
    }

    /// <summary>An operation that could not begin: one error event is the whole stream.</summary>
    public async Task RefuseAsync(HttpContext context, ErrorEvent error)
    {
        counters.Refused(error.Reason ?? error.Code);
        await using var stream = EventStream.Start(context, clock);
        stream.Write(error);
        stream.Complete();
    }

    /// <summary>An operation that failed in a way of our own before it began.</summary>
    public Task RefuseAsync(HttpContext context, Exception exception)
    {
        logger.TurnFailed(exception);
        return RefuseAsync(context, Internal);
    }

    private async Task RunAsync(HttpContext context, PreparedTurn turn, EventStream stream, IDisposable alone)
    {
        var session = context.CurrentSession;
        var pipeline = new TurnPipeline(turn.Thread, threads, stream);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Revoked, running.Cut);
        try
        {
            turn.Open(pipeline);
            alone.Dispose();
            stream.Write(new StreamOptionsEvent(new StreamOptions(AllowCancel: true)));
            await turn.Respond(new TurnContext(session, session.Provider, pipeline, turn.Options), ends.Token);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.StreamEnded("the reader left");
            KeepCancelled(pipeline);
            return;
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            Fail(pipeline, session.Revoked.IsCancellationRequested ? Revoked : Stopping);
        }
        catch (ProviderFailedException e)
        {
            counters.Add("provider_errors", e.Failure.Code);
            Fail(pipeline, e.Failure.ToEvent());
            if (e.Failure.Category == FailureCategory.Auth)
            {
                await stream.FlushAsync(context.RequestAborted);
                sessions.RevokeKey(context.CurrentSession.Grant.SecretKeyId);
            }
        }
        catch (TurnException e)
        {
            Fail(pipeline, e.Error);
        }
        catch (StorageException e)
        {
            Fail(pipeline, e.ToEvent());
        }
#pragma warning disable CA1031 // the turn's outermost edge: our own bug becomes one error event, and its stack goes to the log
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.TurnFailed(e);
            Fail(pipeline, Internal);
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
            // What cannot be kept must not stay on screen as if it were; and this is then what the reader has to know.
            pipeline.TakeBackOpenItems();
            error = e.ToEvent();
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
            // Logged where it failed; there is no reader to be told.
        }
    }
}
