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

    private readonly UserMessages _messages = new(threads, attachments);

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
        var message = _messages.Build(request.Input, thread);
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
            _messages.TakeAttachments(thread, message, input);
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

        var message = _messages.Build(request.Input, thread);
        return new PreparedTurn(
            thread,
            pipeline =>
            {
                _messages.TakeAttachments(thread, message, request.Input);
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
            async (context, cancellationToken) =>
            {
                if (await actions.StreamAsync(context, request, widget, cancellationToken))
                {
                    await RespondAsync(context, HostActions.Describe(request, widget), cancellationToken);
                }
            });
    }

    /// <summary>Has the model answer what the user did, which only the model sees.</summary>
    private async Task RespondAsync(TurnContext context, string done, CancellationToken cancellationToken)
    {
        var thread = context.Pipeline.Thread;
        await context.Place.TakeAsync(context.Pipeline.Stream, cancellationToken);
        thread.Upsert(new SdkHiddenContextItem
        {
            Id = ItemIds.Create(ItemIds.HiddenContext),
            ThreadId = thread.Id,
            CreatedAt = threads.Now(),
            Content = done,
        });
        await modelTurn.RunAsync(context with { Options = OptionsToGoOn(thread.History()) }, cancellationToken);
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

    /// <summary>Characters that an operation adds to its thread.</summary>
    private static long SizeOf(ChatKitRequest request) => request switch
    {
        ChatKitRequest.CreateThread create => create.Input.TextLength,
        ChatKitRequest.AddUserMessage add => add.Input.TextLength,
        _ => 0,
    };

    /// <summary>The page lists threads by title while the first answer is still being written.</summary>
    private static void TitleFrom(UserMessageItem message, TurnPipeline pipeline)
    {
        if (FirstLineTitle.Of(message) is { } title)
        {
            pipeline.NameUntitled(title);
        }
    }
}
