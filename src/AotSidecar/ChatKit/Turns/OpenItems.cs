using System.Collections.Concurrent;
using System.Text;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Widgets;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Items that were begun and not finished, as they stand on screen (docs/chatkit.md#open-items): a stream that is cut
/// loses nothing that was visible.
/// </summary>
/// <param name="liveWidgets">Told of each open widget and its state: the user may act on it while others write.</param>
internal sealed class OpenItems(ConcurrentDictionary<string, WidgetItem> liveWidgets)
{
    private readonly Dictionary<string, ThreadItem> _others = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AssistantDraft> _drafts = new(StringComparer.Ordinal);

    /// <summary>Their visible content, in order of their start, with nothing shown as loading.</summary>
    public IReadOnlyList<ThreadItem> Shown() =>
    [
        .. _drafts.Values.Where(static draft => draft.HasText).Select(static draft => draft.ToItem())
            .Concat(_others.Values.Where(IsShown).Select(Settled))
            .OrderBy(static item => item.CreatedAt),
    ];

    public IEnumerable<string> Ids => _drafts.Keys.Concat(_others.Keys);

    public void Begin(AssistantDraft draft) => _drafts[draft.Id] = draft;

    public void Begin(ThreadItem item)
    {
        if (item is not AssistantMessageItem message)
        {
            Set(item);
            return;
        }

        var draft = new AssistantDraft(item.Id, item.ThreadId, item.CreatedAt);
        for (var i = 0; i < message.Content.Count; i++)
        {
            draft.At(i)?.Set(message.Content[i]);
        }

        Begin(draft);
    }

    public void End(string id)
    {
        _drafts.Remove(id);
        if (_others.Remove(id, out var item) && item is WidgetItem)
        {
            liveWidgets.TryRemove(id, out _);
        }
    }

    public void Clear()
    {
        foreach (var id in Ids.ToArray())
        {
            End(id);
        }
    }

    public WidgetItem? FindWidget(string id) => _others.GetValueOrDefault(id) as WidgetItem;

    /// <summary>A part of a message that is open; null when there is none.</summary>
    public AssistantDraft.Part? FindPart(string id, int index) => _drafts.GetValueOrDefault(id)?.At(index);

    public DateTime? CreatedAt(string id) => _drafts.GetValueOrDefault(id)?.CreatedAt ?? _others.GetValueOrDefault(id)?.CreatedAt;

    /// <summary>Applies an update as the page does.</summary>
    /// <returns>False when it is not open.</returns>
    public bool Apply(string id, ItemUpdate update)
    {
        if (_drafts.TryGetValue(id, out var draft))
        {
            Apply(draft, update);
        }
        else if (_others.GetValueOrDefault(id) is WorkflowItem { Workflow: var workflow } item)
        {
            _others[id] = item with { Workflow = workflow with { Tasks = Apply(workflow.Tasks, update) } };
        }
        else if (_others.GetValueOrDefault(id) is GeneratedImageItem image && update is GeneratedImageUpdated partial)
        {
            _others[id] = image with { Image = partial.Image };
        }
        else if (FindWidget(id) is { } widget)
        {
            Set(widget with { Widget = WidgetUpdates.Apply(widget.Widget, update) });
        }

        return _drafts.ContainsKey(id) || _others.ContainsKey(id);
    }

    private void Set(ThreadItem item)
    {
        _others[item.Id] = item;
        if (item is WidgetItem widget)
        {
            liveWidgets[item.Id] = widget;
        }
    }

    private static bool IsShown(ThreadItem item) =>
        item is WidgetItem or WorkflowItem { Workflow.Tasks.Count: > 0 } or GeneratedImageItem { Image: not null };

    /// <summary>With nothing shown as loading.</summary>
    public static ThreadItem Settled(ThreadItem item) => item is WorkflowItem workflow
        ? workflow with { Workflow = workflow.Workflow with { Tasks = [.. workflow.Workflow.Tasks.Select(static task => task.Stopped())] } }
        : item;

    private static void Apply(AssistantDraft draft, ItemUpdate update)
    {
        switch (update)
        {
            case ContentPartAdded added:
                draft.At(added.ContentIndex)?.Set(added.Content);
                break;
            case ContentPartDone done:
                draft.At(done.ContentIndex)?.Set(done.Content);
                break;
            case ContentTextDelta delta:
                draft.At(delta.ContentIndex)?.Append(Encoding.UTF8.GetBytes(delta.Delta));
                break;
            case ContentAnnotationAdded annotation:
                draft.At(annotation.ContentIndex)?.Annotate(annotation.AnnotationIndex, annotation.Annotation);
                break;
        }
    }

    private static IReadOnlyList<WorkTask> Apply(IReadOnlyList<WorkTask> tasks, ItemUpdate update) => update switch
    {
        WorkflowTaskAdded added => [.. tasks, added.Task],
        WorkflowTaskUpdated updated when updated.TaskIndex >= 0 && updated.TaskIndex < tasks.Count =>
            [.. tasks.Select((task, index) => index == updated.TaskIndex ? updated.Task : task)],
        _ => tasks,
    };
}
