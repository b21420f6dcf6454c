using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// <c>tools/progress</c> <c>{callId, events}</c>: thread events of a tool that is still running. Those of a tool that
/// is not are counted and dropped.
/// </summary>
internal sealed class ToolProgressMethod(RunningTools running, RequestCounters counters, TimeProvider clock) : IHostMethod
{
    public string Name => "tools/progress";

    /// <remarks>Ends before it returns, so that progress keeps its order and comes before the tool's result.</remarks>
    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        if (HostText.Of(parameters, "callId"u8) is not { } callId || running.Find(callId) is not { } tool)
        {
            counters.Add("tool_progress_dropped", "unknown_call");
        }
        else if (parameters.TryGetProperty("events"u8, out var given))
        {
            var events = HostEvents.Read(given, tool.ThreadId, clock);
            if (!tool.Progress.TryAdd(events, given.GetRawText().Length))
            {
                counters.Add("tool_progress_dropped", "too_much");
            }
        }

        return default;
    }
}
