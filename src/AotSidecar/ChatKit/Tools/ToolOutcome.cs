using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Turns;

namespace AotSidecar.ChatKit.Tools;

/// <summary>The outcome of a tool call.</summary>
/// <param name="Output">For the model.</param>
/// <param name="Failure">For the reader of the chat, when it failed.</param>
/// <param name="Events">Thread events to emit.</param>
internal sealed record ToolOutcome(string Output, string? Failure, IReadOnlyList<ThreadEvent> Events)
{
    private const int MaxImages = 16;

    /// <summary>What the output names as images, as data URLs.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Characters, about 16,000 tokens; more would drown the conversation.</summary>
    private const int MaxOutput = 64 * 1024;

    public static ToolOutcome Failed(string what) => new($"Error: {what}.", what, []);

    /// <summary>
    /// Reads MCP's <c>tools/call</c> result: content, or structured content when there is none, and our own
    /// <c>events</c>.
    /// </summary>
    public static ToolOutcome Read(JsonElement result, string threadId, TimeProvider clock)
    {
        if (result.ValueKind != JsonValueKind.Object)
        {
            return Failed("the tool's answer cannot be read");
        }

        var images = new List<string>();
        var output = Text(result, images);
        output = HostText.Cut(output, MaxOutput, $"\n[cut: {output.Length - MaxOutput} more characters]");
        var failed = result.TryGetProperty("isError"u8, out var isError) && isError.ValueKind == JsonValueKind.True;
        var events = result.TryGetProperty("events"u8, out var given) ? HostEvents.Read(given, threadId, clock) : [];
        return new ToolOutcome(failed ? $"Error: {output}" : output, failed ? "failed" : null, events) { Images = images };
    }

    private static string Text(JsonElement result, List<string> images)
    {
        var text = new StringBuilder();
        if (result.TryGetProperty("content"u8, out var content) && content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray())
            {
                if (Describe(part, images) is { Length: > 0 } described)
                {
                    text.Append(text.Length > 0 ? "\n" : "").Append(described);
                }
            }
        }

        return text.Length == 0 && result.TryGetProperty("structuredContent"u8, out var structured) && structured.ValueKind != JsonValueKind.Null
            ? structured.GetRawText()
            : text.ToString();
    }

    /// <summary>Function output is text; other content is named, so that the model knows of it.</summary>
    private static string? Describe(JsonElement part, List<string> images)
    {
        var kind = HostText.Of(part, "type"u8);
        switch (kind)
        {
            case "image" when images.Count < MaxImages && ImageOf(part) is { } image:
                images.Add(image);
                return $"[image {HostText.Of(part, "mimeType"u8)}]";
            case "image" or "audio":
                return $"[{kind} {HostText.Of(part, "mimeType"u8)}: it cannot be shown here]";
            case "resource_link":
                return Named(HostText.Of(part, "name"u8), HostText.Of(part, "uri"u8), HostText.Of(part, "description"u8));
            case "resource" when part.TryGetProperty("resource"u8, out var resource):
                var name = Named("resource", HostText.Of(resource, "uri"u8), HostText.Of(resource, "mimeType"u8));
                return HostText.Of(resource, "text"u8) is { } inside ? $"{name}\n{inside}" : $"{name}[it is not text and cannot be shown here]";
            default:
                return HostText.Of(part, "text"u8);
        }
    }

    /// <summary>A data URL of a type that models read, or null.</summary>
    private static string? ImageOf(JsonElement part) =>
        HostText.Of(part, "mimeType"u8) is "image/png" or "image/jpeg" or "image/gif" or "image/webp"
        && HostText.Of(part, "data"u8) is { Length: > 0 } data && Base64.IsValid(data)
            ? $"data:{HostText.Of(part, "mimeType"u8)};base64,{data}"
            : null;

    private static string Named(params ReadOnlySpan<string?> words)
    {
        var named = new StringBuilder("[");
        foreach (var word in words)
        {
            named.Append(named.Length > 1 && !string.IsNullOrEmpty(word) ? " " : "").Append(word);
        }

        return named.Append(']').ToString();
    }
}
