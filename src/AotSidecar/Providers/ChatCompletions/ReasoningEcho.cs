using System.Text.Encodings.Web;
using System.Text.Json;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Providers that send a model's thoughts as <c>reasoning_content</c> want those that led to tool calls back with the
/// calls, in all later requests: DeepSeek refuses the conversation otherwise. The text is kept among the extras of the
/// first call and written into the message that has the calls. Other assistant messages of such a conversation get an
/// empty string. Thoughts that led to no call are never sent back.
/// </summary>
internal static class ReasoningEcho
{
    /// <summary>Longer thoughts are not sent back: they cost more than they are worth.</summary>
    public const int MaxLength = 256 << 10;

    /// <summary>The member of a message, and of the extras that keep it.</summary>
    public const string Member = "reasoning_content";

    /// <summary>Gemini and others through OpenRouter: opaque pieces, an array.</summary>
    public const string Details = "reasoning_details";

    /// <summary>Whether a member of a call's extras belongs to its message.</summary>
    public static bool IsMember(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("reasoning_details"u8);

    public static bool WantsEcho(ReadOnlySpan<byte> name) => name.SequenceEqual("reasoning_content"u8);

    /// <summary>Gives the opaque pieces back, if there are any.</summary>
    public static void WriteDetails(Utf8JsonWriter writer, List<InputItem.FunctionCall> calls, string origin)
    {
        foreach (var call in calls)
        {
            if (In(call, origin, "reasoning_details"u8) is { IsArray: true } details)
            {
                writer.WritePropertyName(Details);
                writer.WriteRawValue(details.Raw);
                return;
            }
        }
    }

    /// <summary>The JSON to keep with a call, or null.</summary>
    public static string? ToKeep(string thoughts) => thoughts.Length is > 0 and <= MaxLength
        ? $"\"{JsonEncodedText.Encode(thoughts, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\""
        : null;

    /// <summary>Whether this conversation's provider has sent thoughts that led to calls.</summary>
    public static bool IsIn(List<InputItem> items, string origin) =>
        items.OfType<InputItem.FunctionCall>().Any(call => In(call, origin, "reasoning_content"u8).IsString);

    public static void Write(Utf8JsonWriter writer, List<InputItem.FunctionCall> calls, string origin)
    {
        writer.WritePropertyName(Member);
        foreach (var call in calls)
        {
            if (In(call, origin, "reasoning_content"u8) is { IsString: true } thoughts)
            {
                writer.WriteRawValue(thoughts.Raw);
                return;
            }
        }

        writer.WriteStringValue(""u8);
    }

    private static JsonValue In(InputItem.FunctionCall call, string origin, ReadOnlySpan<byte> member) =>
        call.Extras is { } extras && extras.Origin == origin && JsonValue.TryParse(extras.Json.Span, out var json)
            ? json[member]
            : default;
}
