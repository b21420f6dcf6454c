using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// The six operations that answer with a stream: docs/chatkit.md#streaming-operations. Each checks everything before the
/// first byte, so that a refusal leaves nothing behind.
/// </summary>
internal sealed class StreamingOperations(
    ThreadStore threads, AttachmentStore attachments, ModelTurn modelTurn, HostActions actions)
{
    private const int MaxItems = 10_000;

    /// <exception cref="TurnException">The operation cannot be; its reader should see why.</exception>
    public PreparedTurn Prepare(ChatKitRequest request, Session session) => request switch
    {
        ChatKitRequest.CreateThread create => Create(create, session),
        ChatKitRequest.AddUserMessage add => AddMessage(add, session),
        ChatKitRequest.AddClientToolOutput output => AddToolOutput(output, session),
        ChatKitRequest.AddStructuredInput input => AddStructuredInput(input, session),
        ChatKitRequest.RetryAfterItem retry => Retry(retry, session),
        ChatKitRequest.CustomAction { Sync: false } action => Act(action, session),
        _ => throw new System.Diagnostics.UnreachableException(request.GetType().Name),
    };

    private PreparedTurn Create(ChatKitRequest.CreateThread request, Session session)
    {
        var user = session.Grant.User;
        var thread = threads.Create(user);
        var message = BuildMessage(request.Input, thread);
        thread.TryBeginStreaming();
        return new PreparedTurn(
            thread,
            pipeline =>
            {
                if (!threads.TryAdd(thread))
                {
                    throw TurnException.Custom("too_many_threads", "there are too many conversations; delete some and try again");
                }

                pipeline.Emit(new ThreadCreatedEvent(thread.ToWire()));
                AddMessage(pipeline, message);
                TitleFrom(message, pipeline);
            },
            modelTurn.RunAsync,
            message.InferenceOptions);
    }

    private PreparedTurn AddMessage(ChatKitRequest.AddUserMessage request, Session session) =>
        Take(Find(request.ThreadId, session), thread =>
        {
            RefuseClosed(thread);
            if (thread.Count >= MaxItems)
            {
                throw TurnException.Custom("thread_full", "this conversation is too long; start a new one");
            }

            var message = BuildMessage(request.Input, thread);
            return new PreparedTurn(
                thread,
                pipeline =>
                {
                    AddMessage(pipeline, message);
                    TitleFrom(message, pipeline);
                },
                modelTurn.RunAsync,
                message.InferenceOptions);
        });

    private PreparedTurn AddToolOutput(ChatKitRequest.AddClientToolOutput request, Session session) =>
        Take(Find(request.ThreadId, session), thread =>
        {
            // What was put there since (an action's widget, hidden context) does not take the call's place; a message means that the conversation went on without it.
            var history = thread.History();
            var newest = history.Select(static entry => entry.Item)
                .LastOrDefault(static item => item is ClientToolCallItem or UserMessageItem or AssistantMessageItem);
            if (newest is not ClientToolCallItem { Status: "pending" } call)
            {
                throw TurnException.Custom("no_pending_tool_call", "no tool call is waiting for an answer here");
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
        });

    private PreparedTurn AddStructuredInput(ChatKitRequest.AddStructuredInput request, Session session) =>
        Take(Find(request.ThreadId, session), thread =>
        {
            if (!thread.TryGet(request.ItemId, out var item))
            {
                throw TurnException.Custom("item_not_found", "these questions are no longer there");
            }

            if (item is not StructuredInputItem { Status: "pending" } questions)
            {
                throw TurnException.Custom("input_not_pending", "these questions have been answered already");
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
        });

    private PreparedTurn Retry(ChatKitRequest.RetryAfterItem request, Session session) =>
        Take(Find(request.ThreadId, session), thread =>
        {
            RefuseClosed(thread);

            // The page names the last item before the retried answer, which need not be the user's: the nearest message before it is meant.
            var history = thread.History();
            var at = history.ToList().FindIndex(entry => entry.Item.Id == request.ItemId);
            var message = history.Take(at + 1).Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault()
                ?? throw TurnException.Custom("item_not_found", "the message to try again is no longer there");
            return new PreparedTurn(
                thread,
                pipeline =>
                {
                    pipeline.Retire(history.Select(static entry => entry.Item.Id));
                    thread.RemoveAfter(message.Id);
                },
                modelTurn.RunAsync,
                message.InferenceOptions);
        });

    private PreparedTurn Act(ChatKitRequest.CustomAction request, Session session) =>
        Take(Find(request.ThreadId, session), thread =>
        {
            var widget = HostActions.FindSender(thread, request);
            return new PreparedTurn(
                thread,
                static _ => { },
                (context, cancellationToken) => actions.StreamAsync(context, request, widget, cancellationToken));
        });

    /// <summary>The answer goes on with the model that its message chose; a tool it chose has been called by now.</summary>
    private static InferenceOptions? OptionsToGoOn(IReadOnlyList<(ThreadItem Item, Replay? Replay)> history) =>
        history.Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault() is { } message
            ? message.InferenceOptions with { ToolChoice = null }
            : null;

    private StoredThread Find(string threadId, Session session) =>
        threads.TryGet(session.Grant.User, threadId, out var thread)
            ? thread
            : throw TurnException.Custom("thread_not_found", "this conversation is no longer there; start a new one");

    /// <summary>One streaming operation at a time: two would weave their answers into each other.</summary>
    private static PreparedTurn Take(StoredThread thread, Func<StoredThread, PreparedTurn> prepare)
    {
        if (!thread.TryBeginStreaming())
        {
            throw TurnException.Custom("thread_busy", "this conversation is being answered already; wait or stop it first");
        }

        try
        {
            return prepare(thread);
        }
        catch
        {
            thread.EndStreaming();
            throw;
        }
    }

    private static void RefuseClosed(StoredThread thread)
    {
        switch (thread.Head.Status)
        {
            case LockedStatus locked:
                throw TurnException.Custom("thread_locked", locked.Reason ?? "this conversation is locked");
            case ClosedStatus closed:
                throw TurnException.Custom("thread_closed", closed.Reason ?? "this conversation is closed");
        }
    }

    private UserMessageItem BuildMessage(UserInput input, StoredThread thread)
    {
        var attached = new List<Attachment>();
        foreach (var id in input.AttachmentIds)
        {
            if (!attachments.TryGet(thread.User, id, out var attachment, out var content)
                || (attachment.ThreadId is { } other && other != thread.Id))
            {
                throw TurnException.Custom("attachment_not_found", "an attached file is no longer there; attach it again");
            }

            attached.Add(content is null
                ? throw TurnException.Custom("attachment_not_uploaded", $"the file {attachment.Name} has not been uploaded yet")
                : attachment with { ThreadId = thread.Id, UploadDescriptor = null });
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

    private void AddMessage(TurnPipeline pipeline, UserMessageItem message)
    {
        foreach (var attachment in message.Attachments)
        {
            attachments.Bind(attachment);
        }

        pipeline.Emit(new ItemDoneEvent(message));
    }

    /// <summary>Stored at once, announced with the turn's end.</summary>
    private static void TitleFrom(UserMessageItem message, TurnPipeline pipeline)
    {
        if (FirstLineTitle.Of(message) is { } title)
        {
            pipeline.NameUntitled(title);
        }
    }
}
