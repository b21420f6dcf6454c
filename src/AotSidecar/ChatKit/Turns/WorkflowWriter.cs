using System.Text;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// The one open workflow of a turn: the model's thoughts, searches and tool runs as tasks. Thoughts
/// grow by small deltas while each update carries the whole text, so updates of a thought are spaced out and the last
/// one is sent when its time has come.
/// </summary>
internal sealed class WorkflowWriter(TurnPipeline pipeline, TimeProvider clock)
{
    private static readonly TimeSpan UpdateSpacing = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Each update carries the whole thought, so from this length on they are spaced in proportion to it: what is sent a
    /// second stays the same, however long the model thinks.
    /// </summary>
    private const int CharactersASpacing = 8 * 1024;

    /// <summary>The texts of thoughts that grow, by task. Only that of the stale task may be ahead of the task.</summary>
    private readonly Dictionary<int, StringBuilder> _texts = [];

    private readonly List<WorkTask> _tasks = [];
    private readonly List<ToolReplay> _tools = [];
    private string? _id;
    private DateTime _createdAt;
    private bool _isPlaced;
    private long _begun;
    private long _lastUpdate;
    private int _stale = -1;
    private Action? _flushStale;
    private string _type = "";

    public bool IsOpen => _id is not null;

    /// <summary>Number of workflows begun in this turn; task indexes are valid only within one.</summary>
    public int Count { get; private set; }

    /// <summary>Shows an empty workflow of the model's thinking.</summary>
    public void BeginReasoning()
    {
        if (!IsOpen)
        {
            Begin("reasoning");
            Announce();
        }
    }

    /// <returns>The task's index.</returns>
    public int Add(WorkTask task)
    {
        var first = !IsOpen;
        if (first)
        {
            Begin("custom");
        }

        FlushStale();
        _tasks.Add(task);
        if (first)
        {
            Announce();
        }
        else
        {
            pipeline.Emit(new ItemUpdatedEvent(_id!, new WorkflowTaskAdded(_tasks.Count - 1, task)));
        }

        return _tasks.Count - 1;
    }

    public void Update(int index, WorkTask task)
    {
        _tasks[index] = task;
        _texts.Remove(index);
        _stale = _stale == index ? -1 : _stale;
        pipeline.Emit(new ItemUpdatedEvent(_id!, new WorkflowTaskUpdated(index, task)));
    }

    /// <summary>Adds to a thought; the update is throttled.</summary>
    public void Grow(int index, string text)
    {
        if (_stale != index)
        {
            FlushStale();
        }

        if (!_texts.TryGetValue(index, out var thought))
        {
            _texts[index] = thought = new StringBuilder(((ThoughtTask)_tasks[index]).Content);
        }

        thought.Append(text);
        _stale = index;
        var spent = clock.GetElapsedTime(_lastUpdate);
        var spacing = UpdateSpacing * Math.Max(1, thought.Length / CharactersASpacing);
        if (spent >= spacing)
        {
            FlushStale();
        }
        else
        {
            pipeline.Stream.Hold(_flushStale ??= FlushStale, spacing - spent);
        }
    }

    /// <summary>
    /// Stores the workflow as it is, so that what is shown while it goes on comes after it in the thread too. Its end
    /// takes the place of what is stored.
    /// </summary>
    public void KeepPlace()
    {
        if (IsOpen && !_isPlaced)
        {
            _isPlaced = true;
            TakeOver();
            pipeline.KeepPlace(ToItem(new WorkflowSummary { Duration = Seconds() }));
        }
    }

    public WorkTask this[int index] => _tasks[index];

    /// <summary>Stores a tool run with the workflow, for the model.</summary>
    public void Remember(ToolReplay tool) => _tools.Add(tool);

    /// <summary>Ends the workflow, folded, with its duration.</summary>
    public void Close()
    {
        if (!IsOpen)
        {
            return;
        }

        TakeOver();

        // A closed workflow shows no task as loading.
        for (var i = 0; i < _tasks.Count; i++)
        {
            _tasks[i] = _tasks[i].Stopped();
        }

        pipeline.Emit(
            new ItemDoneEvent(ToItem(new WorkflowSummary { Duration = Seconds() })),
            _tools.Count > 0 ? new Replay { Tools = [.. _tools] } : null);
        pipeline.KeptRuns();
        _id = null;
        _stale = -1;
        _tasks.Clear();
        _texts.Clear();
        _tools.Clear();
    }

    private int Seconds() => (int)clock.GetElapsedTime(_begun).TotalSeconds;

    private void Begin(string type)
    {
        (_id, _type, _createdAt) = (pipeline.ChooseId(null, ItemIds.Workflow), type, pipeline.Now());
        Count++;
        _isPlaced = false;
        _begun = clock.GetTimestamp();
        _lastUpdate = 0;
    }

    private void Announce() => pipeline.Emit(new ItemAddedEvent(ToItem(summary: null)));

    private void FlushStale()
    {
        if (_stale >= 0)
        {
            _lastUpdate = clock.GetTimestamp();
            TakeOver();
            var index = _stale;
            _stale = -1;
            pipeline.Emit(new ItemUpdatedEvent(_id!, new WorkflowTaskUpdated(index, _tasks[index])));
        }
    }

    /// <summary>Puts what a thought has grown by into its task.</summary>
    private void TakeOver()
    {
        if (_stale >= 0)
        {
            _tasks[_stale] = new ThoughtTask { Content = _texts[_stale].ToString() };
        }
    }

    private WorkflowItem ToItem(WorkflowSummary? summary) => new()
    {
        Id = _id!,
        ThreadId = pipeline.Thread.Id,
        CreatedAt = _createdAt,
        Workflow = new Workflow { Type = _type, Tasks = [.. _tasks], Summary = summary, Expanded = false },
    };
}
