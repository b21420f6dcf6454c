using System.Globalization;
using System.Text;
using AotSidecar.Bridge;
using AotSidecar.Http;
using AotSidecar.Json;
using AotSidecar.Logging;
using AotSidecar.Process;
using AotSidecar.Sessions;

namespace AotSidecar.Status;

/// <summary>State and counters, as JSON and in Prometheus's text format 0.0.4. Requires the launch secret.</summary>
internal sealed class StatusEndpoints(
    SessionStore sessions, RunningStreams streams, RequestCounters counters, HostBridge bridge, SidecarLoggerFactory logs,
    MemoryBudget memory, TimeProvider clock)
{
    /// <summary>
    /// All counters, so that one that never counted is 0 instead of missing; with the label's name, if it has one.
    /// </summary>
    private static readonly (string Name, string? Label)[] Families =
    [
        ("mints", null), ("refusals", "code"), ("bridge_calls", "method"), ("bridge_timeouts", "method"),
        ("provider_errors", "code"), ("stream_errors", "code"), ("storage", "event"),
        ("tool_progress_dropped", "why"),
    ];

    private readonly long _started = clock.GetTimestamp();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGated("/status", Credential.LaunchSecret, MethodRoute.Get(AnswerStatusAsync));
        routes.MapGated("/metrics", Credential.LaunchSecret, MethodRoute.Get(AnswerMetricsAsync));
    }

    private Task AnswerStatusAsync(HttpContext context)
    {
        var counted = Counters().ToDictionary(static family => family.Name, static family => family.Values);
        var report = new StatusReport
        {
            Version = SidecarVersion.Text,
            ProtocolVersion = LaunchLines.ProtocolVersion,
            Pid = Environment.ProcessId,
            UptimeSeconds = (long)clock.GetElapsedTime(_started).TotalSeconds,
            LiveSessions = sessions.Count,
            RunningStreams = streams.Count,
            MemoryKeptBytes = memory.Kept,
            MemoryUnderWayBytes = memory.UnderWay,
            DroppedLogLines = logs.Dropped,
            DroppedBridgeReplies = bridge.DroppedReplies,
            Counters = new StatusCounters
            {
                Mints = counted["mints"].Sum(static counter => counter.Value),
                Refusals = ByLabel("refusals"),
                BridgeCalls = ByLabel("bridge_calls"),
                BridgeTimeouts = ByLabel("bridge_timeouts"),
                ProviderErrors = ByLabel("provider_errors"),
                StreamErrors = ByLabel("stream_errors"),
                Storage = ByLabel("storage"),
                ToolProgressDropped = ByLabel("tool_progress_dropped"),
            },
        };
        return context.Response.WriteJsonAsync(report, StatusJson.Default.StatusReport, context.RequestAborted);

        Dictionary<string, long> ByLabel(string name) =>
            counted[name].ToDictionary(static counter => counter.Label, static counter => counter.Value);
    }

    private IEnumerable<(string Name, string? Label, IEnumerable<(string Name, string Label, long Value)> Values)> Counters()
    {
        var counted = counters.Snapshot().ToLookup(static counter => counter.Name);
        return Families.Select(family => (family.Name, family.Label, counted[family.Name]));
    }

    private Task AnswerMetricsAsync(HttpContext context)
    {
        var text = new StringBuilder();
        Gauge("uptime_seconds", (long)clock.GetElapsedTime(_started).TotalSeconds);
        Gauge("live_sessions", sessions.Count);
        Gauge("running_streams", streams.Count);
        Gauge("memory_kept_bytes", memory.Kept);
        Gauge("memory_under_way_bytes", memory.UnderWay);
        Counter("dropped_log_lines", null, [("", logs.Dropped)]);
        Counter("dropped_bridge_replies", null, [("", bridge.DroppedReplies)]);
        foreach (var (name, label, values) in Counters())
        {
            Counter(name, label, label is null
                ? [("", values.Sum(static counter => counter.Value))]
                : values.Select(static counter => (counter.Label, counter.Value)));
        }

        var body = Encoding.UTF8.GetBytes(text.ToString());
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();

        void Gauge(string name, long value) =>
            text.Append(CultureInfo.InvariantCulture, $"# TYPE aotsidecar_{name} gauge\naotsidecar_{name} {value}\n");

        void Counter(string name, string? label, IEnumerable<(string Of, long Value)> values)
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE aotsidecar_{name}_total counter\n");
            foreach (var (of, value) in values)
            {
                var selector = label is null ? "" : $"{{{label}=\"{of}\"}}";
                text.Append(CultureInfo.InvariantCulture, $"aotsidecar_{name}_total{selector} {value}\n");
            }
        }
    }
}
