using System.Text;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Makes a call of the history valid. The thread keeps what the model wrote, but some providers refuse an invalid name,
/// arguments that are no object or an empty result, and would do so with every further message.
/// </summary>
internal static class PastCall
{
    private const int MaxName = 64;

    /// <summary>Enough for the model to see its mistake.</summary>
    private const int MaxQuoted = 4096;

    /// <summary>Told to the model as the result of a tool that returned nothing.</summary>
    private const string NoOutput = "(no output)";

    public static (InputItem.FunctionCall Call, InputItem.FunctionOutput Output) Mend(
        InputItem.FunctionCall call, InputItem.FunctionOutput? output)
    {
        var isObject = IsObject(call.Arguments);
        var text = output is null ? Conversation.CancelledOutput : output.Output;
        var result = string.IsNullOrWhiteSpace(text) ? NoOutput : text;
        return (
            call with { Name = MendName(call.Name), Arguments = isObject ? call.Arguments : "{}" },
            new InputItem.FunctionOutput(
                call.CallId, isObject ? result : $"{result}\n[The call's arguments were not a JSON object: {Cut(call.Arguments)}]")
            {
                Images = output?.Images ?? [],
            });
    }

    private static bool IsObject(string arguments)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments, new JsonDocumentOptions { MaxDepth = JsonValue.Leniency.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Some models leak markers of their own format after the name.</summary>
    private static string MendName(string name)
    {
        var mark = name.IndexOf("<|", StringComparison.Ordinal);
        var mended = new StringBuilder(MaxName);
        foreach (var character in mark > 0 ? name.AsSpan(0, mark) : name)
        {
            if (mended.Length < MaxName)
            {
                mended.Append(char.IsAsciiLetterOrDigit(character) || character is '_' or '-' ? character : '_');
            }
        }

        return mended.Length > 0 ? mended.ToString() : "unnamed";
    }

    private static string Cut(string text) => text.Length <= MaxQuoted ? text : text[..(MaxQuoted - 1)] + "…";
}
