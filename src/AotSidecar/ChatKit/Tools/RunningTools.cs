using System.Collections.Concurrent;

namespace AotSidecar.ChatKit.Tools;

/// <summary>The host's tools that are running, by the id that <c>tools/call</c> gave the host.</summary>
internal sealed class RunningTools
{
    private readonly ConcurrentDictionary<string, RunningTool> _running = new(StringComparer.Ordinal);

    /// <param name="callId">
    /// The provider's id. Providers number their calls, so a second one that runs meanwhile gets another.
    /// </param>
    public RunningTool Begin(string callId, string threadId, ToolProgress progress)
    {
        var tool = new RunningTool(callId, threadId, progress);
        while (!_running.TryAdd(tool.CallId, tool))
        {
            tool = new RunningTool($"{callId}-{Guid.NewGuid():N}", threadId, progress);
        }

        return tool;
    }

    public void End(RunningTool tool) => _running.TryRemove(new(tool.CallId, tool));

    /// <returns>Null when it has ended or never was.</returns>
    public RunningTool? Find(string callId) => _running.GetValueOrDefault(callId);
}

/// <param name="Progress">Where its events go.</param>
internal sealed record RunningTool(string CallId, string ThreadId, ToolProgress Progress);
