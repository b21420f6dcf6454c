using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Streaming;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// The one way from an event to the page (protocol section 2.1.1): stores what the event means, then sends it, then tells
/// of changes to the thread itself. Items that were begun and not finished are kept here as they stand, so that when the
/// stream is cut nothing that was on screen is lost.
/// </summary>
internal sealed class TurnPipeline(StoredThread thread, ThreadStore threads, EventStream stream)
{
    /// <summary>What the model is told of an answer that the user stopped.</summary>
    private const string CancelledMarker =
        "The user stopped the previous answer. Do not go on with it unless asked to.";

    private readonly Dictionary<string, ThreadItem> _pending = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AssistantDraft> _drafts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private ThreadHead _announced = thread.Head;
    private ThreadHead? _deferred;

    public StoredThread Thread => thread;

    public EventStream Stream => stream;

    public DateTime Now() => threads.Now();

    /// <summary>The provider's id when it can name an item here, else a new one.</summary>
    public string ChooseId(string? given, string prefix, string? ownPrefix = null)
    {
        var id = ItemIds.IsUsable(given, prefix) && !thread.Contains(given!) && !_used.Contains(given!)
            ? given!
            : ItemIds.Create(ownPrefix ?? prefix);
        _used.Add(id);
        return id;
    }

    /// <summary>Names the thread now; the page is told with the turn's end, after the answer it waits for.</summary>
    public void SetTitle(string title)
    {
        thread.Head = thread.Head with { Title = title };
        _deferred = thread.Head;
    }

    public void Emit(ThreadEvent threadEvent, Replay? replay = null)
    {
        if (Store(threadEvent, replay))
        {
            stream.Write(threadEvent);
        }

        AnnounceThread();
    }

    /// <summary>An event of the host: a further state of a widget that is already shown becomes its difference.</summary>
    public void EmitFromHost(ThreadEvent threadEvent)
    {
        var state = (threadEvent as ItemAddedEvent)?.Item as WidgetItem ?? (threadEvent as ItemDoneEvent)?.Item as WidgetItem;
        if (state is not null && _pending.GetValueOrDefault(state.Id) is WidgetItem shown)
        {
            foreach (var update in WidgetDiff.Between(shown.Widget, state.Widget))
            {
                stream.Write(new ItemUpdatedEvent(state.Id, update));
            }

            _pending[state.Id] = state;
            if (threadEvent is ItemAddedEvent)
            {
                return;
            }
        }

        Emit(threadEvent);
    }

    /// <summary>Begins an assistant message whose deltas then go through <see cref="Delta"/>.</summary>
    public AssistantDraft BeginMessage(string id)
    {
        var draft = new AssistantDraft(id, thread.Id, Now());
        stream.Write(new ItemAddedEvent(draft.ToItem()));
        _drafts[id] = draft;
        return draft;
    }

    public void Delta(AssistantDraft.Part part, ReadOnlySpan<byte> utf8)
    {
        part.Append(utf8);
        stream.WriteTextDelta(part.DeltaPrefix, utf8);
    }

    /// <summary>Tells the page of a changed title, status or the like.</summary>
    public void AnnounceThread(bool atEnd = false)
    {
        if (thread.Head != _announced && (atEnd || thread.Head != _deferred))
        {
            _announced = thread.Head;
            stream.Write(new ThreadUpdatedEvent(thread.ToWire()));
        }
    }

    /// <summary>The reader stopped or is gone: what was on screen as text is kept, and the model will know.</summary>
    public void KeepCancelled()
    {
        foreach (var draft in _drafts.Values.Where(static draft => draft.HasText))
        {
            thread.Upsert(draft.ToItem());
        }

        Clear();
        thread.Upsert(new SdkHiddenContextItem
        {
            Id = ItemIds.Create(ItemIds.HiddenContext),
            ThreadId = thread.Id,
            CreatedAt = Now(),
            Content = CancelledMarker,
        });
    }

    /// <summary>Finishes what was begun with what is there, and takes back what has nothing to show.</summary>
    public void CloseOpenItems()
    {
        foreach (var draft in _drafts.Values.ToArray())
        {
            Emit(draft.HasText ? new ItemDoneEvent(draft.ToItem()) : new ItemRemovedEvent(draft.Id));
        }

        foreach (var item in _pending.Values.ToArray())
        {
            Emit(item is WorkflowItem { Workflow.Tasks.Count: > 0 } or WidgetItem
                ? new ItemDoneEvent(item)
                : new ItemRemovedEvent(item.Id));
        }
    }

    private void Clear()
    {
        _drafts.Clear();
        _pending.Clear();
    }

    /// <returns>Whether the page may see the event.</returns>
    private bool Store(ThreadEvent threadEvent, Replay? replay)
    {
        switch (threadEvent)
        {
            case ItemAddedEvent { Item: var item }:
                _used.Add(item.Id);
                Begin(item);
                return !item.IsHidden;
            case ItemDoneEvent { Item: var item }:
                _used.Add(item.Id);
                Finish(item, replay);
                return !item.IsHidden;
            case ItemReplacedEvent { Item: var item }:
                Finish(item, replay);
                return !item.IsHidden;
            case ItemRemovedEvent { ItemId: var id }:
                _pending.Remove(id);
                _drafts.Remove(id);
                thread.Remove(id);
                return true;
            case ItemUpdatedEvent { ItemId: var id, Update: var update }:
                Apply(id, update);
                return true;
            default:
                return true;
        }
    }

    private void Begin(ThreadItem item)
    {
        if (item is AssistantMessageItem message)
        {
            var draft = _drafts[item.Id] = new AssistantDraft(item.Id, thread.Id, item.CreatedAt);
            for (var i = 0; i < message.Content.Count; i++)
            {
                draft.SetPart(i, message.Content[i]);
            }
        }
        else
        {
            _pending[item.Id] = item;
        }
    }

    private void Finish(ThreadItem item, Replay? replay)
    {
        _pending.Remove(item.Id);
        _drafts.Remove(item.Id);
        thread.Upsert(item, replay);
    }

    /// <summary>Keeps the copy of an unfinished item in step with what the page shows (protocol section 2.1.2).</summary>
    private void Apply(string id, ItemUpdate update)
    {
        if (_drafts.TryGetValue(id, out var draft))
        {
            ApplyToDraft(draft, update);
        }
        else if (_pending.GetValueOrDefault(id) is WorkflowItem workflow)
        {
            _pending[id] = workflow with { Workflow = workflow.Workflow with { Tasks = ApplyToTasks(workflow.Workflow.Tasks, update) } };
        }
        else if (_pending.GetValueOrDefault(id) is WidgetItem widget && update is WidgetRootUpdated root)
        {
            _pending[id] = widget with { Widget = root.Widget };
        }
    }

    private static void ApplyToDraft(AssistantDraft draft, ItemUpdate update)
    {
        switch (update)
        {
            case ContentPartAdded added:
                draft.SetPart(added.ContentIndex, added.Content);
                break;
            case ContentPartDone done:
                draft.SetPart(done.ContentIndex, done.Content);
                break;
            case ContentTextDelta delta when delta.ContentIndex < draft.PartCount:
                draft[delta.ContentIndex].Append(System.Text.Encoding.UTF8.GetBytes(delta.Delta));
                break;
            case ContentAnnotationAdded annotation when annotation.ContentIndex < draft.PartCount:
                draft[annotation.ContentIndex].Annotate(annotation.AnnotationIndex, annotation.Annotation);
                break;
        }
    }

    private static IReadOnlyList<WorkTask> ApplyToTasks(IReadOnlyList<WorkTask> tasks, ItemUpdate update) => update switch
    {
        WorkflowTaskAdded added => [.. tasks, added.Task],
        WorkflowTaskUpdated updated when updated.TaskIndex >= 0 && updated.TaskIndex < tasks.Count =>
            [.. tasks.Select((task, index) => index == updated.TaskIndex ? updated.Task : task)],
        _ => tasks,
    };
}
