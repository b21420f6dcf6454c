using System.Globalization;
using System.Text;
using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Json;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// Tools that run in the extension host, with the editor's powers and the user's consent (shapes of MCP's
/// <c>tools/list</c> and <c>tools/call</c>). Errors return to the model as results; the chat goes on.
/// </summary>
internal sealed class HostTools(
    IExtensionHost host, RunningTools runningTools, ChatKitOptions options, TimeProvider clock, ILogger<HostTools> logger)
{
    private const int MaxArguments = 256 * 1024;

    /// <summary>Runs all calls concurrently, each with its own deadline and its own task in the workflow.</summary>
    /// <param name="leftOut">
    /// How many more the model asked for; it is told with the last result that they did not run.
    /// </param>
    public async Task<ToolRound> RunAsync(
        IReadOnlyList<ToolCall> calls, int leftOut, HostToolList tools, TurnPipeline pipeline, WorkflowWriter workflow, CancellationToken cancellationToken)
    {
        // Whatever ends the round early ends its tools.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await RunAllAsync(calls, leftOut, tools, pipeline, workflow, ends.Token);
        }
        finally
        {
            await ends.CancelAsync();
        }
    }

    private async Task<ToolRound> RunAllAsync(
        IReadOnlyList<ToolCall> calls, int leftOut, HostToolList tools, TurnPipeline pipeline, WorkflowWriter workflow, CancellationToken cancellationToken)
    {
        var progress = new ToolProgress();
        var running = new List<(ToolCall Call, int Task, long Begun, Task<ToolOutcome> Outcome)>();
        foreach (var call in calls)
        {
            var task = workflow.Add(new CustomTask { StatusIndicator = "loading", Title = tools.TitleOf(call.Name), Icon = "settings-slider" });
            running.Add((call, task, clock.GetTimestamp(), RunOneAsync(call, tools, pipeline.Thread.Id, progress, cancellationToken)));
        }

        // In order of completion, so that the reader sees each result when it arrives.
        var waiting = running.ToList();
        var questions = new List<ThreadEvent>();
        var more = progress.WaitAsync(cancellationToken);
        while (waiting.Count > 0)
        {
            // Upcast to Task, or WaitAsync returns at once.
            var next = Task.WhenAny(waiting.Select(static w => (Task)w.Outcome).Append(more));
            await pipeline.Stream.WaitAsync(new ValueTask<Task>(next), cancellationToken);
            ShowProgress(progress, questions, pipeline, workflow);
            more = more.IsCompleted ? progress.WaitAsync(cancellationToken) : more;
            foreach (var done in waiting.Where(static w => w.Outcome.IsCompleted).ToArray())
            {
                waiting.Remove(done);
                pipeline.Ran(Replay(done.Call, await done.Outcome));
                Show(await done.Outcome, done.Call, done.Task, clock.GetElapsedTime(done.Begun), workflow);
            }
        }

        var results = new List<ToolResult>();
        var events = questions;
        foreach (var (call, _, _, outcome) in running)
        {
            var replay = Replay(call, await outcome);
            if (leftOut > 0 && results.Count == calls.Count - 1)
            {
                replay = replay with { Output = $"{replay.Output}\n[{leftOut} more calls were not run: at most {calls.Count} run at once.]" };
            }

            results.Add(new ToolResult(replay, (await outcome).Images));
            workflow.Remember(replay);
            events.AddRange((await outcome).Events);
        }

        return new ToolRound(results, Apply(events, pipeline, workflow));
    }

    /// <summary>
    /// Emits events of running tools. The workflow stays open, and in its place before what they show; a question waits
    /// for the round's end, because its answer begins a turn.
    /// </summary>
    private static void ShowProgress(ToolProgress progress, List<ThreadEvent> questions, TurnPipeline pipeline, WorkflowWriter workflow)
    {
        foreach (var threadEvent in progress.Take())
        {
            if (HostEvents.Asks(threadEvent))
            {
                questions.Add(threadEvent);
                continue;
            }

            if (threadEvent is ItemAddedEvent or ItemDoneEvent)
            {
                workflow.KeepPlace();
            }

            HostEvents.Apply(threadEvent, pipeline);
        }
    }

    /// <summary>
    /// Emits the tools' events after all have run, because an item that is shown ends their workflow.
    /// </summary>
    /// <returns>Whether an event asks the user or the page something.</returns>
    private static bool Apply(List<ThreadEvent> events, TurnPipeline pipeline, WorkflowWriter workflow)
    {
        var asks = false;
        foreach (var threadEvent in HostEvents.InOrder(events))
        {
            if (threadEvent is ItemAddedEvent { Item.IsHidden: false } or ItemDoneEvent { Item.IsHidden: false })
            {
                workflow.Close();
            }

            HostEvents.Apply(threadEvent, pipeline);
            asks |= HostEvents.Asks(threadEvent);
        }

        return asks;
    }

    private static ToolReplay Replay(ToolCall call, ToolOutcome outcome) =>
        new(call.CallId, call.Name, call.Arguments, outcome.Output, call.Reasoning, call.Extras);

    private void Show(ToolOutcome outcome, ToolCall call, int task, TimeSpan took, WorkflowWriter workflow)
    {
        logger.ToolRan(call.Name, outcome.Failure ?? "ok");
        var duration = took.TotalSeconds.ToString(took.TotalSeconds < 10 ? "0.0' s'" : "0' s'", CultureInfo.InvariantCulture);
        workflow.Update(task, ((CustomTask)workflow[task]) with
        {
            StatusIndicator = outcome.Failure is null ? "complete" : "none",
            Content = outcome.Failure is { } failure ? $"{failure} ({duration})" : duration,
        });
    }

    private async Task<ToolOutcome> RunOneAsync(ToolCall call, HostToolList tools, string threadId, ToolProgress progress, CancellationToken cancellationToken)
    {
        if (tools.Refuse(call, MaxArguments) is { } wrong)
        {
            return ToolOutcome.Failed(wrong);
        }

        var time = options.ToolTimeout;
        var running = runningTools.Begin(call.CallId, threadId, progress);
        try
        {
            return await host.CallAsync("tools/call", CallParams(call, running), time, cancellationToken) switch
            {
                HostReply.Result result => ToolOutcome.Read(result.Value, threadId, clock),
                HostReply.TimedOut => ToolOutcome.Failed($"the tool did not answer within {(int)time.TotalSeconds} s"),
                HostReply.Error => ToolOutcome.Failed("the tool could not be run, or its use was not allowed"),
                _ => ToolOutcome.Failed("the editor is not connected"),
            };
        }
        finally
        {
            runningTools.End(running);
        }
    }

    private static byte[] CallParams(ToolCall call, RunningTool running) => JsonSerializer.SerializeToUtf8Bytes(
        new CallToolParams(
            call.Name,
            new RawJson(Encoding.UTF8.GetBytes(call.Arguments)),
            new CallToolMeta(running.CallId, running.ThreadId)),
        HostJson.Default.CallToolParams);
}

/// <param name="Asks">
/// A question to the user or a call of a client tool went out, so the turn ends here; the answer continues it.
/// </param>
internal sealed record ToolRound(IReadOnlyList<ToolResult> Results, bool Asks);

/// <param name="Images">Data URLs. They are not stored: a later turn only reads their names.</param>
internal sealed record ToolResult(ToolReplay Replay, IReadOnlyList<string> Images);
