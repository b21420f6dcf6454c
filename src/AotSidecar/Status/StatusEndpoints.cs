using System.Globalization;
using System.Text;
using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Hosting;
using AotSidecar.Sessions;

namespace AotSidecar.Status;

/// <summary>What the process is doing, for the holder of the launch secret: as JSON, and as Prometheus text (exposition format 0.0.4).</summary>
internal sealed class StatusEndpoints(
    SessionStore sessions, RunningStreams streams, RequestCounters counters, HostBridge bridge, SidecarLoggerFactory logs, TimeProvider clock)
{
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
        foreach (var group in counters.Snapshot().GroupBy(static counter => counter.Name))
        {
            if (group.All(static counter => counter.Label.Length == 0))
            {
                json.WriteNumber(group.Key, group.Sum(static counter => counter.Value));
                continue;
            }

            json.WriteStartObject(group.Key);
            foreach (var (_, label, value) in group)
            {
                json.WriteNumber(label, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private Task AnswerMetricsAsync(HttpContext context)
    {
        var text = new StringBuilder();
        Gauge("uptime_seconds", (long)clock.GetElapsedTime(_started).TotalSeconds);
        Gauge("live_sessions", sessions.Count);
        Gauge("running_streams", streams.Count);
        Counter("dropped_log_lines", [("", logs.Dropped)]);
        Counter("dropped_bridge_replies", [("", bridge.DroppedReplies)]);
        foreach (var group in counters.Snapshot().GroupBy(static counter => counter.Name))
        {
            Counter(group.Key, group.Select(static counter => (counter.Label, counter.Value)));
        }

        return WriteAsync(context, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));

        void Gauge(string name, long value) =>
            text.Append(CultureInfo.InvariantCulture, $"# TYPE aotsidecar_{name} gauge\naotsidecar_{name} {value}\n");

        void Counter(string name, IEnumerable<(string Label, long Value)> values)
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE aotsidecar_{name}_total counter\n");
            foreach (var (label, value) in values)
            {
                var selector = label.Length == 0 ? "" : $"{{code=\"{label}\"}}";
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
