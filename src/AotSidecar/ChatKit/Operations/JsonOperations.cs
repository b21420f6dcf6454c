using System.Text.Json;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Operations;

/// <summary>The ten operations that answer with one JSON document: docs/chatkit.md#json-operations.</summary>
internal sealed class JsonOperations(
    ThreadStore threads, AttachmentStore attachments, AttachmentUploads uploads, HostActions actions,
    TranscriptionClient transcription, UpstreamOptions upstream)
{
    private static readonly byte[] Empty = "{}"u8.ToArray();
    private static readonly byte[] NotDelivered = /*lang=json,strict*/ """{"delivered":false}"""u8.ToArray();

    /// <exception cref="ProblemException">With the status that fits.</exception>
    public async Task<byte[]> RunAsync(ChatKitRequest request, HttpContext context)
    {
        var session = context.CurrentSession;
        var user = session.Grant.User;
        switch (request)
        {
            case ChatKitRequest.GetThread get:
                var thread = Find(user, get.ThreadId);
                return Serialize(thread.ToWire(thread.Page(Paging.DefaultLimit, ascending: true, after: null)));
            case ChatKitRequest.ListThreads list:
                return ListThreads(user, list.Query);
            case ChatKitRequest.ListItems list:
                return JsonSerializer.SerializeToUtf8Bytes(
                    Find(user, list.ThreadId).Page(list.Query.Limit, list.Query.Ascending, list.Query.After) ?? throw UnknownCursor(),
                    ChatKitJson.Wire.PageThreadItem);
            case ChatKitRequest.UpdateThread update:
                var renamed = Find(user, update.ThreadId);
                renamed.UpdateHead(head => head with { Title = update.Title });
                return Serialize(renamed.ToWire());
            case ChatKitRequest.DeleteThread delete:
                // The files first: when the process ends in between, the thread is still there to be deleted again.
                attachments.RemoveOfThread(user, delete.ThreadId);
                threads.Remove(user, delete.ThreadId);
                return Empty;
            case ChatKitRequest.Feedback feedback:
                Find(user, feedback.ThreadId);
                return await actions.SubmitFeedbackAsync(feedback, context.RequestAborted) ? Empty : NotDelivered;
            case ChatKitRequest.CustomAction action:
                var updated = await actions.InvokeAsync(Find(user, action.ThreadId), action, context.RequestAborted);
                return updated is null ? Empty : JsonBytes.Write(json =>
                {
                    json.WritePropertyName("updated_item"u8);
                    JsonSerializer.Serialize(json, updated, ChatKitJson.Wire.ThreadItem);
                });
            case ChatKitRequest.CreateAttachment create:
                return JsonSerializer.SerializeToUtf8Bytes(uploads.Create(create, context), ChatKitJson.Wire.Attachment);
            case ChatKitRequest.DeleteAttachment delete:
                attachments.Remove(user, delete.AttachmentId);
                return Empty;
            case ChatKitRequest.Transcribe transcribe:
                return await TranscribeAsync(transcribe, context);
            default:
                throw new System.Diagnostics.UnreachableException(request.GetType().Name);
        }
    }

    private byte[] ListThreads(string user, PageQuery query)
    {
        var page = threads.Page(user, query.Limit, query.Ascending, query.After) ?? throw UnknownCursor();
        return JsonSerializer.SerializeToUtf8Bytes(page.ToWire(), ChatKitJson.Wire.PageChatThread);
    }

    private async Task<byte[]> TranscribeAsync(ChatKitRequest.Transcribe request, HttpContext context)
    {
        var result = await transcription.TranscribeAsync(
            upstream.Resolve(context.CurrentSession.Credential), model: null, request.Audio, request.MimeType, context.RequestAborted);
        switch (result)
        {
            case TranscriptionResult.Transcribed transcribed:
                return JsonBytes.Write(json => json.WriteString("text"u8, transcribed.Text));
            case TranscriptionResult.Failed { Failure: var failure }:
                if (failure.Category == FailureCategory.Auth)
                {
                    context.RejectKey();
                }

                throw new ProblemException(new Problem(
                    failure.Status, failure.Code, failure.Message, RetryAfter: (int?)failure.RetryAfter?.TotalSeconds));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private StoredThread Find(string user, string threadId) =>
        threads.TryGet(user, threadId, out var thread)
            ? thread
            : throw new ProblemException(new Problem(404, "thread_not_found", "there is no such conversation", "params.thread_id"));

    private static byte[] Serialize(ChatThread thread) => JsonSerializer.SerializeToUtf8Bytes(thread, ChatKitJson.Wire.ChatThread);

    private static ProblemException UnknownCursor() =>
        new(new Problem(400, "invalid_field", "params.after names nothing in this list", "params.after"));
}
