using System.Text;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// The one way from an event to the page (docs/chatkit.md#the-event-pipeline): stores what the event means, then sends it, then tells
/// of changes to the thread itself.
/// </summary>
internal sealed class TurnPipeline(StoredThread thread, ThreadStore threads, EventStream stream)
{
    /// <summary>What the model is told of an answer that the user stopped.</summary>
    private const string CancelledMarker =
        "The user stopped the previous answer. Do not go on with it unless asked to.";

    private readonly OpenItems _open = new();
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<ToolReplay> _ran = [];
    private readonly Dictionary<(string Item, string Component), DeltaFrame> _widgetTexts = [];
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

    /// <summary>Ids that the page may still know, of items that are gone: no new item gets one of them.</summary>
    public void Retire(IEnumerable<string> ids) => _used.UnionWith(ids);

    public void NameUntitled(string title)
    {
        thread.UpdateHead(head => head.Title is null ? head with { Title = title } : head);
        AnnounceThread();
    }

    /// <summary>The page is told of the thread as it is now with the turn's end, and not before.</summary>
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
        _used.Add(stored.Id);
        stream.Write(new ItemDoneEvent(stored));
    }

    /// <summary>An event of the host: a further state of a widget that is already shown becomes its difference.</summary>
    public void EmitFromHost(ThreadEvent threadEvent)
    {
        var state = (threadEvent as ItemAddedEvent)?.Item as WidgetItem ?? (threadEvent as ItemDoneEvent)?.Item as WidgetItem;
        if (state is not null && _open.FindWidget(state.Id) is { } shown)
        {
            foreach (var difference in WidgetDiff.Between(shown.Widget, state.Widget))
            {
                WriteUpdate(new ItemUpdatedEvent(state.Id, difference));
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
            WriteUpdate(update);
            AnnounceThread();
        }
    }

    /// <summary>Text that grows in a widget is gathered as a message's is.</summary>
    private void WriteUpdate(ItemUpdatedEvent update)
    {
        if (update.Update is not WidgetTextDelta { Done: false } delta)
        {
            stream.Write(update);
            return;
        }

        var key = (update.ItemId, delta.ComponentId);
        if (!_widgetTexts.TryGetValue(key, out var frame))
        {
            frame = _widgetTexts[key] = DeltaFrame.OfWidget(update.ItemId, delta.ComponentId);
        }

        stream.WriteDelta(frame, Encoding.UTF8.GetBytes(delta.Delta));
    }

    /// <summary>A tool has run, and what it did stays done even if the workflow that tells of it never ends.</summary>
    public void Ran(ToolReplay tool) => _ran.Add(tool);

    /// <summary>The tools that ran are kept with their workflow.</summary>
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

    /// <summary>The reader stopped or is gone: what was on screen as text is kept, and the model will know.</summary>
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

    /// <summary>Finishes what was begun with what is there, and takes back what has nothing to show.</summary>
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

    /// <summary>A workflow without runs says so: what it had begun must not be told to the model as done.</summary>
    private void Keep(ThreadItem item) => thread.Upsert(item, item is WorkflowItem ? TakeRuns() ?? new Replay() : null);

    private Replay? TakeRuns()
    {
        var runs = _ran.Count > 0 ? new Replay { Tools = [.. _ran] } : null;
        _ran.Clear();
        return runs;
    }

    /// <summary>Takes everything that is not finished off the screen, without keeping any of it.</summary>
    public void TakeBackOpenItems()
    {
        foreach (var id in _open.Ids)
        {
            stream.Write(new ItemRemovedEvent(id));
        }

        _open.Clear();
    }

    /// <summary>An item was created when it was first shown or stored, whatever a later event of it says.</summary>
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
                // The page runs the tool for each event with the call: it gets the one that is done.
                return false;
            case ItemAddedEvent { Item: var item }:
                _used.Add(item.Id);
                _open.Begin(item);
                return !item.IsHidden;
            case ItemDoneEvent { Item: var item }:
                _used.Add(item.Id);
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

    /// <summary>To an item that is open, or to a widget that has been stored.</summary>
    private void Apply(ItemUpdatedEvent update)
    {
        if (!_open.Apply(update.ItemId, update.Update))
        {
            thread.UpdateWidget(update);
        }
    }

    private void Finish(ThreadItem item, Replay? replay)
    {
        // Stored first: an item that cannot be kept is still open, and is taken back as such.
        thread.Upsert(item, replay);
        _open.End(item.Id);
    }
}
