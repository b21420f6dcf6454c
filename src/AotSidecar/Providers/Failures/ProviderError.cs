using System.Text;
using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Failures;

/// <summary>
/// A provider's error, in any of the shapes that occur. Only used to classify it: nothing of it is shown, forwarded or
/// logged.
/// </summary>
internal sealed record ProviderError(string? Code, string? Type, string? Param, string Message)
{
    /// <summary>Larger than any real error body.</summary>
    public const int MaxBody = 16 << 10;

    /// <summary>Characters of a body that is not JSON.</summary>
    private const int MaxText = 1 << 10;

    public static ProviderError Unknown { get; } = new(null, null, null, "");

    /// <summary>The code, if it is an HTTP status, as some gateways send in a stream.</summary>
    public int? StatusInCode => int.TryParse(Code, out var status) && status is >= 400 and <= 599 ? status : null;

    /// <summary>Whether it can be classified.</summary>
    public bool IsTelling => Code is not null || (Type is not null and not "error");

    /// <summary>Whether it has none of the forms that providers use.</summary>
    public bool IsBlank => Code is null && Type is null && (Message.Length == 0 || Message.AsSpan().TrimStart().StartsWith("<"));

    /// <summary>From a JSON document, or from plain text.</summary>
    public static ProviderError FromBody(ReadOnlySpan<byte> body) => JsonValue.TryParse(body, out var root)
        ? FromRoot(root)
        : Unknown with { Message = JsonText.Decode(body[..Math.Min(body.Length, MaxText)], escaped: false) };

    /// <summary>
    /// From a document or event: its first element if it is an array, its <c>error</c> member if there is one.
    /// </summary>
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
            // Gateways pass on the provider's whole JSON document as the message.
            return FromError(inner["error"u8]);
        }

        // MiniMax nests code and message in an object; OpenRouter nests those of the upstream provider.
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
