using System.Text;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Failures;

/// <summary>
/// What a provider said about a failure, in any of the shapes seen in the field. It is only looked at to tell failures
/// apart: none of it is shown, forwarded or logged.
/// </summary>
internal sealed record ProviderError(string? Code, string? Type, string? Param, string Message)
{
    /// <summary>More than any real body; the rest would not change what it means.</summary>
    public const int MaxBody = 16 << 10;

    /// <summary>Of a body that is no document.</summary>
    private const int MaxText = 1 << 10;

    public static ProviderError Unknown { get; } = new(null, null, null, "");

    /// <summary>A code that is an HTTP status, as gateways put it into a stream.</summary>
    public int? StatusInCode => int.TryParse(Code, out var status) && status is >= 400 and <= 599 ? status : null;

    /// <summary>Whether anything can be told from it.</summary>
    public bool IsTelling => Code is not null || (Type is not null and not "error");

    /// <summary>Whether it says nothing in a form that providers use.</summary>
    public bool IsBlank => Code is null && Type is null && (Message.Length == 0 || Message.AsSpan().TrimStart().StartsWith("<"));

    /// <summary>From a document, or from the text of a server that sends none.</summary>
    public static ProviderError FromBody(ReadOnlySpan<byte> body) => JsonValue.TryParse(body, out var root)
        ? FromRoot(root)
        : Unknown with { Message = JsonText.Decode(body[..Math.Min(body.Length, MaxText)], escaped: false) };

    /// <summary>From a whole document or event: its first element if it is a list, its <c>error</c> if it has one.</summary>
    public static ProviderError FromRoot(JsonValue root)
    {
        if (root.IsArray)
        {
            var elements = root.Elements;
            return elements.MoveNext() ? FromRoot(elements.Current) : Unknown;
        }

        var error = root["error"u8];
        return error.IsPresent ? FromError(error) : FromError(root);
    }

    public static ProviderError FromError(JsonValue error)
    {
        if (!error.IsObject)
        {
            return Unknown with { Message = error.Text ?? "" };
        }

        var message = error["message"u8];
        var detail = message.IsPresent ? message : error["detail"u8];
        var text = TextOf(detail);
        if (text.AsSpan().TrimStart().StartsWith("{") && JsonValue.TryParse(Encoding.UTF8.GetBytes(text), out var inner)
            && inner["error"u8].IsObject)
        {
            // gateways pass on a whole document as the message
            return FromError(inner["error"u8]);
        }

        // MiniMax has its code and its sentence in an object of their own, OpenRouter those of the provider behind it
        var own = error["base_resp"u8].IsObject ? error["base_resp"u8] : error;
        return new ProviderError(
            error["code"u8].TextOrNullIfEmpty ?? error["error_code"u8].TextOrNullIfEmpty ?? own["status_code"u8].TextOrNullIfEmpty,
            error["type"u8].TextOrNullIfEmpty,
            error["param"u8].TextOrNullIfEmpty,
            string.Join(' ', ((string[])[text, TextOf(own["status_msg"u8]), TextOf(error["metadata"u8]["raw"u8])])
                .Where(static part => part.Length > 0)));
    }

    private static string TextOf(JsonValue value) =>
        value.Text ?? (value.Kind == JsonTokenType.None ? "" : JsonText.Decode(value.Raw, false));

    public bool Mentions(string word) => Message.Contains(word, StringComparison.OrdinalIgnoreCase);
}
