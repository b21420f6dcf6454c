using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Operations;

/// <summary>The operations that answer with one JSON document: docs/chatkit.md#json-operations.</summary>
internal sealed class JsonOperations(
    ThreadStore threads, AttachmentStore attachments, AttachmentUploads uploads, HostActions actions,
    TranscriptionClient transcription, SessionStore sessions)
{
    /// <exception cref="FailureException">With the HTTP status of the refusal.</exception>
    public async Task RunAsync(ChatKitRequest request, JsonReply reply, HttpContext context)
    {
        var session = context.CurrentSession;
        var user = session.Grant.User;
        switch (request)
        {
            case ChatKitRequest.GetThread get:
                var thread = Find(user, get.ThreadId);
                await reply.WriteThreadAsync(thread, thread.Page(Paging.DefaultLimit, ascending: true, after: null)!);
                break;
            case ChatKitRequest.ListThreads list:
                await reply.WritePageAsync(ListThreads(user, list.Query));
                break;
            case ChatKitRequest.ListItems list:
                await reply.WritePageAsync(
                    Find(user, list.ThreadId).Page(list.Query.Limit, list.Query.Ascending, list.Query.After) ?? throw UnknownCursor());
                break;
            case ChatKitRequest.UpdateThread update:
                var renamed = Find(user, update.ThreadId);
                renamed.UpdateHead(head => head with { Title = update.Title });
                reply.Write(renamed.ToWire(), ChatKitJson.Wire.ChatThread);
                break;
            case ChatKitRequest.DeleteThread delete:
                // Files first: if the process ends in between, the thread can still be deleted again.
                attachments.RemoveOfThread(user, delete.ThreadId);
                threads.Remove(user, delete.ThreadId);
                reply.Write("{}"u8);
                break;
            case ChatKitRequest.Feedback feedback:
                Find(user, feedback.ThreadId);
                await actions.SubmitFeedbackAsync(feedback, context.RequestAborted);
                reply.Write("{}"u8);
                break;
            case ChatKitRequest.CustomAction action:
                var updated = await actions.InvokeAsync(Find(user, action.ThreadId), action, context.RequestAborted);
                reply.Write(new ActionReply(updated), ChatKitJson.Wire.ActionReply);
                break;
            case ChatKitRequest.CreateAttachment create:
                reply.Write(uploads.Create(create, context), ChatKitJson.Wire.Attachment);
                break;
            case ChatKitRequest.DeleteAttachment delete:
                attachments.Remove(user, delete.AttachmentId);
                reply.Write("{}"u8);
                break;
            case ChatKitRequest.GetPreview preview:
                await uploads.WritePreviewAsync(preview.AttachmentId, reply, context);
                break;
            case ChatKitRequest.Transcribe transcribe:
                reply.Write(await TranscribeAsync(transcribe, context), ChatKitJson.Wire.TranscriptionReply);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(request.GetType().Name);
        }
    }

    private Page<ChatThread> ListThreads(string user, PageQuery query)
    {
        var page = threads.Page(user, query.Limit, query.Ascending, query.After) ?? throw UnknownCursor();
        return page.ToWire();
    }

    private async Task<TranscriptionReply> TranscribeAsync(ChatKitRequest.Transcribe request, HttpContext context)
    {
        var result = await transcription.TranscribeAsync(
            context.CurrentSession.Provider, model: null, request.Audio, request.MimeType, context.RequestAborted);
        switch (result)
        {
            case TranscriptionResult.Transcribed transcribed:
                return new TranscriptionReply(transcribed.Text);
            case TranscriptionResult.Failed { Failure: var failure }:
                if (failure.Category == FailureCategory.Auth)
                {
                    sessions.RevokeKey(context.CurrentSession.Grant.SecretKeyId);
                }

                throw new UpstreamException(failure);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private StoredThread Find(string user, string threadId) =>
        threads.TryGet(user, threadId, out var thread)
            ? thread
            : throw new FailureException(Failure.ThreadNotFound);

    private static FailureException UnknownCursor() =>
        new(Failure.UnknownCursor("params.after"));
}
