using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// The six operations that answer with a stream: docs/chatkit.md#streaming-operations. Each checks everything before
/// the first byte, so that a refusal leaves nothing behind.
/// </summary>
internal sealed class StreamingOperations(
    ThreadStore threads, AttachmentStore attachments, ModelTurn modelTurn, HostActions actions, MemoryBudget budget)
{
    private const int MaxItems = 10_000;

    /// <summary>
    /// While it is sent to the model, a thread is in memory as text, two bytes a character, and as the growing request
    /// body.
    /// </summary>
    private const int CopiesOfATurn = 4;

    /// <summary>The operation's thread; for a first message a new one that is not visible yet.</summary>
    /// <exception cref="FailureException">The thread does not exist.</exception>
    public StoredThread Find(ChatKitRequest request, Session session) => request switch
    {
        ChatKitRequest.CreateThread => threads.Create(session.Grant.User),
        ChatKitRequest.AddUserMessage add => Find(add.ThreadId, session),
        ChatKitRequest.AddClientToolOutput output => Find(output.ThreadId, session),
        ChatKitRequest.AddStructuredInput input => Find(input.ThreadId, session),
        ChatKitRequest.RetryAfterItem retry => Find(retry.ThreadId, session),
        ChatKitRequest.CustomAction action => Find(action.ThreadId, session),
        _ => throw new System.Diagnostics.UnreachableException(request.GetType().Name),
    };

    /// <param name="thread">Already claimed for this operation: two at once would interleave their answers.</param>
    /// <exception cref="FailureException">A refusal that the reader should see.</exception>
    public PreparedTurn Prepare(ChatKitRequest request, StoredThread thread)
    {
        // A thread at its own limit gets another code than a full memory, because waiting does not help it.
        var size = thread.Size + SizeOf(request);
        var room = size > StoredThread.MaxSize ? throw new StorageException(StorageFailure.TooLarge)
            : budget.TryEnter(CopiesOfATurn * size) ?? throw new FailureException(Failure.MemoryFull);
        try
        {
            return PrepareIn(thread, request) with { Room = room };
        }
        catch
        {
            room.Dispose();
            throw;
        }
    }

    private PreparedTurn PrepareIn(StoredThread thread, ChatKitRequest request) => request switch
    {
        ChatKitRequest.CreateThread create => Create(create, thread),
        ChatKitRequest.AddUserMessage add => AddMessage(add, thread),
        ChatKitRequest.AddClientToolOutput output => AddToolOutput(output, thread),
        ChatKitRequest.AddStructuredInput input => AddStructuredInput(input, thread),
        ChatKitRequest.RetryAfterItem retry => Retry(retry, thread),
        ChatKitRequest.CustomAction { Sync: false } action => Act(action, thread),
        _ => throw new System.Diagnostics.UnreachableException(request.GetType().Name),
    };

    private PreparedTurn Create(ChatKitRequest.CreateThread request, StoredThread thread)
    {
        var message = BuildMessage(request.Input, thread);
        return new PreparedTurn(
            thread,
            pipeline =>
            {
                Begin(thread, message, request.Input);
                pipeline.Emit(new ThreadCreatedEvent(thread.ToWire()));
                pipeline.Show(message);
                TitleFrom(message, pipeline);
            },
            modelTurn.RunAsync,
            message.InferenceOptions,
            message);
    }

    /// <summary>Creates the thread together with its first message, or not at all.</summary>
    private void Begin(StoredThread thread, UserMessageItem message, UserInput input)
    {
        try
        {
            TakeAttachments(thread.User, message, input);
            thread.Upsert(message);
            if (!threads.TryAdd(thread))
            {
                throw new FailureException(Failure.TooManyThreads);
            }
        }
        catch
        {
            thread.Delete();
            throw;
        }
    }

    private PreparedTurn AddMessage(ChatKitRequest.AddUserMessage request, StoredThread thread)
    {
        RefuseClosed(thread);
        if (thread.Count >= MaxItems)
        {
            throw new FailureException(Failure.ThreadFull);
        }

        var message = BuildMessage(request.Input, thread);
        return new PreparedTurn(
            thread,
            pipeline =>
            {
                TakeAttachments(thread.User, message, request.Input);
                pipeline.Emit(new ItemDoneEvent(message));
                TitleFrom(message, pipeline);
            },
            modelTurn.RunAsync,
            message.InferenceOptions,
            message);
    }

    private PreparedTurn AddToolOutput(ChatKitRequest.AddClientToolOutput request, StoredThread thread)
    {
        // Items added since (widgets, hidden context) do not matter; a message means that the conversation went on
        // without the call.
        var history = thread.History();
        var newest = history.Select(static entry => entry.Item)
            .LastOrDefault(static item => item is ClientToolCallItem or UserMessageItem or AssistantMessageItem);
        if (newest is not ClientToolCallItem { Status: "pending" } call)
        {
            throw new FailureException(Failure.NoPendingToolCall);
        }

        return new PreparedTurn(
            thread,
            _ =>
            {
                thread.Upsert(call with { Status = "completed", Output = request.Result });
                foreach (var stale in thread.History().Select(static e => e.Item).OfType<ClientToolCallItem>().Where(static c => c.Status == "pending"))
                {
                    thread.Remove(stale.Id);
                }
            },
            modelTurn.RunAsync,
            OptionsToGoOn(history));
    }

    private PreparedTurn AddStructuredInput(ChatKitRequest.AddStructuredInput request, StoredThread thread)
    {
        if (!thread.TryGet(request.ItemId, out var item))
        {
            throw new FailureException(Failure.ItemNotFound);
        }

        if (item is not StructuredInputItem { Status: "pending" } questions)
        {
            throw new FailureException(Failure.InputNotPending);
        }

        var answered = StructuredAnswers.Apply(questions, request);
        return new PreparedTurn(
            thread,
            static _ => { },
            (context, cancellationToken) =>
            {
                context.Pipeline.Emit(new ItemReplacedEvent(answered));
                return modelTurn.RunAsync(context, cancellationToken);
            },
            OptionsToGoOn(thread.History()));
    }

    private PreparedTurn Retry(ChatKitRequest.RetryAfterItem request, StoredThread thread)
    {
        RefuseClosed(thread);

        // The page names the last item that it keeps, which may not be the user's: the nearest user message before it
        // is answered.
        var history = thread.History();
        var at = history.ToList().FindIndex(entry => entry.Item.Id == request.ItemId);
        var message = history.Take(at + 1).Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault()
            ?? throw new FailureException(Failure.ItemNotFound);
        return new PreparedTurn(
            thread,
            pipeline =>
            {
                pipeline.Retire(history.Select(static entry => entry.Item.Id));
                thread.RemoveAfter(request.ItemId);
            },
            modelTurn.RunAsync,
            message.InferenceOptions);
    }

    private PreparedTurn Act(ChatKitRequest.CustomAction request, StoredThread thread)
    {
        var widget = HostActions.FindSender(thread, request);
        return new PreparedTurn(
            thread,
            static _ => { },
            (context, cancellationToken) => actions.StreamAsync(context, request, widget, cancellationToken));
    }

    /// <summary>Continue with the message's model, but not with its forced tool, which has been called.</summary>
    private static InferenceOptions? OptionsToGoOn(IReadOnlyList<(ThreadItem Item, Replay? Replay)> history) =>
        history.Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault() is { } message
            ? message.InferenceOptions with { ToolChoice = null }
            : null;

    private StoredThread Find(string threadId, Session session) =>
        threads.TryGet(session.Grant.User, threadId, out var thread)
            ? thread
            : throw new FailureException(Failure.ThreadNotFound);

    private static void RefuseClosed(StoredThread thread)
    {
        switch (thread.Head.Status)
        {
            case LockedStatus locked:
                throw new FailureException(new Failure(409, "thread_locked", locked.Reason ?? "this conversation is locked"));
            case ClosedStatus closed:
                throw new FailureException(new Failure(409, "thread_closed", closed.Reason ?? "this conversation is closed"));
        }
    }

    private UserMessageItem BuildMessage(UserInput input, StoredThread thread)
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
    private void TakeAttachments(string user, UserMessageItem message, UserInput input)
    {
        foreach (var (from, attachment) in input.AttachmentIds.Zip(message.Attachments))
        {
            switch (attachments.Take(user, from, attachment))
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

    /// <summary>Characters that an operation adds to its thread.</summary>
    private static long SizeOf(ChatKitRequest request) => request switch
    {
        ChatKitRequest.CreateThread create => SizeOf(create.Input),
        ChatKitRequest.AddUserMessage add => SizeOf(add.Input),
        _ => 0,
    };

    private static long SizeOf(UserInput input) =>
        input.Content.Sum(static part => (long)part.Text.Length) + (input.QuotedText?.Length ?? 0);

    /// <summary>The page lists threads by title while the first answer is still being written.</summary>
    private static void TitleFrom(UserMessageItem message, TurnPipeline pipeline)
    {
        if (FirstLineTitle.Of(message) is { } title)
        {
            pipeline.NameUntitled(title);
        }
    }
}
