using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Hosts;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>What came of a tool call.</summary>
/// <param name="Output">For the model.</param>
/// <param name="Failure">For the reader of the chat, when it failed.</param>
/// <param name="Events">To put into the running turn.</param>
internal sealed record ToolOutcome(string Output, string? Failure, IReadOnlyList<ThreadEvent> Events)
{
    public static ToolOutcome Failed(string what) => new($"Error: {what}.", what, []);

    /// <summary>Reads MCP's <c>tools/call</c> result: text content, or structured content, and our own <c>events</c>.</summary>
    public static ToolOutcome Read(JsonElement result, string threadId, TimeProvider clock, int maxOutput)
    {
        if (result.ValueKind != JsonValueKind.Object)
        {
            return Failed("the tool's answer cannot be read");
        }

        var output = Text(result);
        if (output.Length > maxOutput)
        {
            output = $"{output[..maxOutput]}\n[cut: {output.Length - maxOutput} more characters]";
        }

        var failed = result.TryGetProperty("isError"u8, out var isError) && isError.ValueKind == JsonValueKind.True;
        var events = result.TryGetProperty("events"u8, out var given) ? HostEvents.Read(given, threadId, clock) : [];
        return new ToolOutcome(failed ? $"Error: {output}" : output, failed ? "failed" : null, events);
    }

    private static string Text(JsonElement result)
    {
        var text = new StringBuilder();
        if (result.TryGetProperty("content"u8, out var content) && content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray())
            {
                if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text"u8, out var value) && value.ValueKind == JsonValueKind.String)
                {
                    text.Append(text.Length > 0 ? "\n" : "").Append(value.GetString());
                }
            }
        }

        return text.Length == 0 && result.TryGetProperty("structuredContent"u8, out var structured)
            ? structured.GetRawText()
            : text.ToString();
    }
}
