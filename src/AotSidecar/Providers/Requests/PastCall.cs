using System.Text;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Makes a call of the history one that providers take. What a model once wrote is kept as it was in the thread, but a
/// name that is none, arguments that are no object and a result without a character are refused for ever by some.
/// </summary>
internal static class PastCall
{
    private const int MaxName = 64;

    /// <summary>Enough for a model to see what it did wrong.</summary>
    private const int MaxQuoted = 4096;

    /// <summary>What a model reads as the result of a tool that returned nothing.</summary>
    private const string NoOutput = "(no output)";

    public static (InputItem.FunctionCall Call, InputItem.FunctionOutput Output) Mend(InputItem.FunctionCall call, string output)
    {
        var isObject = IsObject(call.Arguments);
        var result = string.IsNullOrWhiteSpace(output) ? NoOutput : output;
        return (
            call with { Name = MendName(call.Name), Arguments = isObject ? call.Arguments : "{}" },
            new InputItem.FunctionOutput(
                call.CallId, isObject ? result : $"{result}\n[The call's arguments were not a JSON object: {Cut(call.Arguments)}]"));
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

    /// <summary>Models that leak the marks of their own format put them behind the name.</summary>
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
