using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Operations;

/// <summary>Makes a message of what the user sent, and claims the files that it carries.</summary>
internal sealed class UserMessages(ThreadStore threads, AttachmentStore attachments)
{
    /// <summary>The message with its files as they will be in this thread; nothing is stored yet.</summary>
    /// <exception cref="FailureException">A file is missing, not uploaded, or they are too large together.</exception>
    public UserMessageItem Build(UserInput input, StoredThread thread)
    {
        var attached = new List<Attachment>();
        foreach (var id in input.AttachmentIds)
        {
            if (!attachments.TryGet(thread.User, id, out var attachment, out var hasContent))
            {
                throw AttachmentGone();
            }

            attached.Add(hasContent
                ? InThread(attachment, thread)
                : throw new FailureException(new Failure(
                    409, "attachment_not_uploaded", $"the file {attachment.Name} has not been uploaded yet")));
        }

        if (input.AttachmentIds.Sum(attachments.SizeOf) > ModelInput.MaxFiles)
        {
            throw new FailureException(Failure.AttachmentsTooLarge);
        }

        return new UserMessageItem
        {
            Id = ItemIds.Create(ItemIds.Message),
            ThreadId = thread.Id,
            CreatedAt = threads.Now(),
            Content = input.Content,
            Attachments = attached,
            QuotedText = input.QuotedText,
            InferenceOptions = input.Options,
        };
    }

    /// <summary>A file that another thread uses is copied for this one, with a new id.</summary>
    private static Attachment InThread(Attachment attachment, StoredThread thread)
    {
        attachment = attachment with { UploadDescriptor = null };
        if (attachment.ThreadId is null || attachment.ThreadId == thread.Id)
        {
            return attachment with { ThreadId = thread.Id };
        }

        var id = ItemIds.Create(ItemIds.Attachment);
        return attachment is ImageAttachment image
            ? image with { Id = id, ThreadId = thread.Id, PreviewUrl = image.PreviewUrl.Replace(image.Id, id, StringComparison.Ordinal) }
            : attachment with { Id = id, ThreadId = thread.Id };
    }

    /// <summary>
    /// Claims the message's files. One that another thread claimed in the meantime is refused, not taken from it.
    /// </summary>
    public void TakeAttachments(StoredThread thread, UserMessageItem message, UserInput input)
    {
        foreach (var (from, attachment) in input.AttachmentIds.Zip(message.Attachments))
        {
            switch (attachments.Take(thread.User, from, attachment))
            {
                case TakeResult.Gone:
                    throw AttachmentGone();
                case TakeResult.TakenByAnother:
                    throw new FailureException(new Failure(
                        409,
                        "attachment_taken",
                        $"the file {attachment.Name} has just been sent in another conversation; send it again",
                        Retryable: true));
                case TakeResult.Full:
                    throw new FailureException(Failure.AttachmentsFull);
            }
        }
    }

    private static FailureException AttachmentGone() => new(Failure.AttachmentNotFound);
}
