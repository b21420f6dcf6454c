using System.Globalization;
using System.Text;
using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Http;
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
        using var buffer = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ok"u8);
            json.WriteString("version"u8, SidecarVersion.Text);
            json.WriteNumber("protocol_version"u8, LaunchLines.ProtocolVersion);
            json.WriteNumber("pid"u8, Environment.ProcessId);
            json.WriteNumber("uptime_seconds"u8, (long)clock.GetElapsedTime(_started).TotalSeconds);
            json.WriteNumber("live_sessions"u8, sessions.Count);
            json.WriteNumber("running_streams"u8, streams.Count);
            json.WriteNumber("memory_kept_bytes"u8, memory.Kept);
            json.WriteNumber("memory_under_way_bytes"u8, memory.UnderWay);
            json.WriteNumber("dropped_log_lines"u8, logs.Dropped);
            json.WriteNumber("dropped_bridge_replies"u8, bridge.DroppedReplies);
            WriteCounters(json);
            json.WriteEndObject();
        }

        return WriteAsync(context, "application/json", buffer.ToArray());
    }

    /// <summary>Plain counters as numbers, labelled ones as an object of label and number.</summary>
    private void WriteCounters(Utf8JsonWriter json)
    {
        json.WriteStartObject("counters"u8);
        foreach (var (name, label, values) in Counters())
        {
            if (label is null)
            {
                json.WriteNumber(name, values.Sum(static counter => counter.Value));
                continue;
            }

            json.WriteStartObject(name);
            foreach (var (_, of, value) in values)
            {
                json.WriteNumber(of, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
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

        return WriteAsync(context, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));

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

    private static Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
