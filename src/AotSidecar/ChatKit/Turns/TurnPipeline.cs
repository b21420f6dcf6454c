using System.Text;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// The only path from an event to the page (docs/chatkit.md#the-event-pipeline): stores the event's effect, sends the
/// event, then announces changes of the thread itself.
/// </summary>
internal sealed class TurnPipeline(StoredThread thread, ThreadStore threads, EventStream stream)
{
    /// <summary>Tells the model that the user stopped its answer.</summary>
    private const string CancelledMarker =
        "The user stopped the previous answer. Do not go on with it unless asked to.";

    private readonly OpenItems _open = new(thread.LiveWidgets);
    private readonly TurnIds _ids = new(thread);
    private readonly List<ToolReplay> _ran = [];
    private readonly WidgetTextWriter _widgetTexts = new(stream);
    private ThreadHead _announced = thread.Head;
    private ThreadHead? _deferred;

    public StoredThread Thread => thread;

    public EventStream Stream => stream;

    public DateTime Now() => threads.Now();

    /// <summary>The provider's id if it is usable and new in this thread, else a new id.</summary>
    public string ChooseId(string? given, string prefix, string? ownPrefix = null) => _ids.Choose(given, prefix, ownPrefix);

    /// <summary>Reserves ids of removed items, which the page may still know.</summary>
    public void Retire(IEnumerable<string> ids) => _ids.Retire(ids);

    public void NameUntitled(string title)
    {
        thread.UpdateHead(head => head.Title is null ? head with { Title = title } : head);
        AnnounceThread();
    }

    /// <summary>Announces the thread's current state only at the end of the turn.</summary>
    public void DeferAnnouncement() => _deferred = thread.Head;

    public void Emit(ThreadEvent threadEvent, Replay? replay = null)
    {
        threadEvent = threadEvent switch
        {
            ItemDoneEvent { Item: var item } => new ItemDoneEvent(WithFirstTime(item)),
            ItemReplacedEvent { Item: var item } => new ItemReplacedEvent(WithFirstTime(item)),
            _ => threadEvent,
        };
        if (Store(threadEvent, replay))
        {
            stream.Write(threadEvent);
        }

        AnnounceThread();
    }

    /// <summary>Shows an item that has been stored with its thread.</summary>
    public void Show(ThreadItem stored)
    {
        _ids.Use(stored.Id);
        stream.Write(new ItemDoneEvent(stored));
    }

    /// <summary>
    /// Emits an event of the host. A further state of a widget that is being shown is sent as a difference.
    /// </summary>
    public void EmitFromHost(ThreadEvent threadEvent)
    {
        var state = (threadEvent as ItemAddedEvent)?.Item as WidgetItem ?? (threadEvent as ItemDoneEvent)?.Item as WidgetItem;
        if (state is not null && _open.FindWidget(state.Id) is { } shown)
        {
            foreach (var difference in WidgetDiff.Between(shown.Widget, state.Widget))
            {
                _widgetTexts.Write(new ItemUpdatedEvent(state.Id, difference));
            }

            _open.Begin(state with { CreatedAt = shown.CreatedAt });
            if (threadEvent is ItemAddedEvent)
            {
                return;
            }
        }

        if (threadEvent is not ItemUpdatedEvent update)
        {
            Emit(threadEvent);
        }
        else if (update.Update is ContentTextDelta text && _open.FindPart(update.ItemId, text.ContentIndex) is { } part)
        {
            Delta(part, Encoding.UTF8.GetBytes(text.Delta));
        }
        else
        {
            Apply(update);
            _widgetTexts.Write(update);
            AnnounceThread();
        }
    }

    /// <summary>Records a finished tool run, so that it is kept even if its workflow never finishes.</summary>
    public void Ran(ToolReplay tool) => _ran.Add(tool);

    /// <summary>The runs have been stored with their workflow.</summary>
    public void KeptRuns() => _ran.Clear();

    /// <summary>Begins an assistant message whose deltas then go through <see cref="Delta"/>.</summary>
    public AssistantDraft BeginMessage(string id)
    {
        var draft = new AssistantDraft(id, thread.Id, Now());
        stream.Write(new ItemAddedEvent(draft.ToItem()));
        _open.Begin(draft);
        return draft;
    }

    public void Delta(AssistantDraft.Part part, ReadOnlySpan<byte> utf8)
    {
        part.Append(utf8);
        stream.WriteDelta(part.Frame, utf8);
    }

    /// <summary>Tells the page of a changed title, status or the like.</summary>
    public void AnnounceThread(bool atEnd = false)
    {
        var head = thread.Head;
        if (head != _announced && (atEnd || head != _deferred))
        {
            _announced = head;
            stream.Write(new ThreadUpdatedEvent(thread.ToWire()));
        }
    }

    /// <summary>After a stop: stores text that was shown, and a marker that tells the model.</summary>
    public void KeepCancelled()
    {
        foreach (var item in _open.Shown())
        {
            Keep(item);
        }

        _open.Clear();
        thread.Upsert(new SdkHiddenContextItem
        {
            Id = ItemIds.Create(ItemIds.HiddenContext),
            ThreadId = thread.Id,
            CreatedAt = Now(),
            Content = CancelledMarker,
        }, TakeRuns());
    }

    /// <summary>Finishes open items with what they have; removes those with nothing to show.</summary>
    public void CloseOpenItems()
    {
        var shown = _open.Shown();
        foreach (var id in _open.Ids.Except(shown.Select(static item => item.Id)).ToArray())
        {
            Emit(new ItemRemovedEvent(id));
        }

        foreach (var item in shown)
        {
            Emit(new ItemDoneEvent(item), item is WorkflowItem ? TakeRuns() ?? new Replay() : null);
        }
    }

    /// <summary>
    /// A workflow is stored with its finished runs, even if there are none: the model must not take an unfinished run
    /// for a finished one.
    /// </summary>
    private void Keep(ThreadItem item) => thread.Upsert(item, item is WorkflowItem ? TakeRuns() ?? new Replay() : null);

    private Replay? TakeRuns()
    {
        var runs = _ran.Count > 0 ? new Replay { Tools = [.. _ran] } : null;
        _ran.Clear();
        return runs;
    }

    /// <summary>Stores an item that is still open, as it would be if the process ended now.</summary>
    public void KeepPlace(ThreadItem item) => thread.Upsert(OpenItems.Settled(item), new Replay());

    /// <summary>Nothing that is still open changes any more.</summary>
    public void Leave() => _open.Clear();

    /// <summary>Removes all open items from the page without storing them.</summary>
    public void TakeBackOpenItems()
    {
        foreach (var id in _open.Ids)
        {
            stream.Write(new ItemRemovedEvent(id));
        }

        _open.Clear();
    }

    /// <summary>Keeps the time at which the item was first shown or stored.</summary>
    private ThreadItem WithFirstTime(ThreadItem item)
    {
        var first = _open.CreatedAt(item.Id) ?? (thread.TryGet(item.Id, out var stored) ? stored.CreatedAt : item.CreatedAt);
        return first == item.CreatedAt ? item : item with { CreatedAt = first };
    }

    /// <returns>Whether the page may see the event.</returns>
    private bool Store(ThreadEvent threadEvent, Replay? replay)
    {
        switch (threadEvent)
        {
            case ItemAddedEvent { Item: ClientToolCallItem }:
                // The page runs the tool for each event with the call, so it gets only the <c>done</c>.
                return false;
            case ItemAddedEvent { Item: var item }:
                _ids.Use(item.Id);
                _open.Begin(item);
                return !item.IsHidden;
            case ItemDoneEvent { Item: var item }:
                _ids.Use(item.Id);
                Finish(item, replay);
                return !item.IsHidden && item is not ClientToolCallItem { Status: not "pending" };
            case ItemReplacedEvent { Item: var item }:
                Finish(item, replay);
                return !item.IsHidden;
            case ItemRemovedEvent { ItemId: var id }:
                _open.End(id);
                thread.Remove(id);
                return true;
            case ItemUpdatedEvent update:
                Apply(update);
                return true;
            default:
                return true;
        }
    }

    /// <summary>Applies an update to an open item or to a stored widget.</summary>
    private void Apply(ItemUpdatedEvent update)
    {
        if (!_open.Apply(update.ItemId, update.Update))
        {
            thread.UpdateWidget(update);
        }
    }

    private void Finish(ThreadItem item, Replay? replay)
    {
        // Store first: if that fails, the item is still open and gets removed with the others.
        thread.Upsert(item, replay);
        _open.End(item.Id);
    }
}
