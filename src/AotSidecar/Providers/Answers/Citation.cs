using System.Text;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// An annotation as the provider sent it. Its position counts code points, so it is converted to UTF-16 units against
/// the text, and again when the text is complete.
/// </summary>
internal sealed record Citation(string Title, string? Address, int? Position)
{
    /// <summary>Search models append it to every link; of no use to a reader.</summary>
    private const string Tracking = "utm_source=openai";

    public static bool TryRead(JsonValue annotation, out Citation citation)
    {
        // Chat Completions nests the members under the type's name.
        var nested = annotation["url_citation"u8];
        var body = nested.IsObject ? nested : annotation;
        citation = body switch
        {
            _ when nested.IsObject || annotation["type"u8].Is("url_citation"u8) => FromUrl(body),
            _ when annotation["type"u8].Is("file_citation"u8) => FromFile(body, body["index"u8].Integer),
            _ when annotation["type"u8].Is("container_file_citation"u8) => FromFile(body, EndOf(body)),
            _ => new Citation("", null, null),
        };
        return citation.Title.Length > 0;
    }

    public Annotation Resolve(TextBuffer text)
    {
        var index = Position is { } position ? Utf16Index(text.Span, position) : null;
        return Address is null ? new Annotation.File(Title, index) : new Annotation.Url(Title, Address, index);
    }

    private static Citation FromUrl(JsonValue body)
    {
        // Only links to web pages may be clickable.
        return Uri.TryCreate(body["url"u8].Text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            ? new Citation(body["title"u8].TextOrNullIfEmpty ?? url.Host, WithoutTracking(url.OriginalString.Trim()), EndOf(body))
            : new Citation("", null, null);
    }

    private static Citation FromFile(JsonValue body, int? position) =>
        new(body["filename"u8].TextOrNullIfEmpty ?? "", null, position);

    /// <summary>The marker goes after the cited words; an empty span at 0 means no position.</summary>
    private static int? EndOf(JsonValue body) => body["end_index"u8].Integer is > 0 and var end ? end : null;

    private static string WithoutTracking(string url)
    {
        var start = url.Length - Tracking.Length - 1;
        return start > 0 && url.EndsWith(Tracking, StringComparison.Ordinal) && url[start] is '?' or '&'
            ? url[..start]
            : url;
    }

    /// <summary>Null when the text is too short to hold the position.</summary>
    private static int? Utf16Index(ReadOnlySpan<byte> utf8, int characters)
    {
        var units = 0;
        for (var seen = 0; seen < characters; seen++)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                return null;
            }

            units += rune.Utf16SequenceLength;
            utf8 = utf8[length..];
        }

        return characters < 0 ? null : units;
    }
}
