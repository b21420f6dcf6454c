using System.Text;
using System.Text.Json;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// Collects the arguments of one call. Servers send them in pieces, whole, whole more than once, each piece repeating
/// the earlier ones, an empty object before the real one, or two calls' objects concatenated. Everything is kept until
/// the call is over, because only then can these be told apart.
/// </summary>
internal sealed class CallArguments(int limit)
{
    /// <summary>
    /// Pieces that repeat each other and exceed this in total are cumulative, not deltas: each begins with the object's
    /// brace, and nothing nests so deep.
    /// </summary>
    private const int SurelyCumulative = 64 << 10;

    /// <summary>More objects under one call are a malfunction.</summary>
    private const int MaxDocuments = 64;

    private TextBuffer _joined = new(limit);
    private byte[] _latest = [];
    private bool _cumulative = true;
    private string? _restated;
    private JsonBalance _balance;

    /// <summary>Whether the text so far ends with a complete object.</summary>
    public bool IsWhole => _balance.IsWhole;

    /// <summary>Adds the next piece: a string, or an object from servers that do not write it into one.</summary>
    /// <exception cref="UpstreamException">The limit is exceeded.</exception>
    public void Append(JsonValue piece)
    {
        if (_cumulative && _latest is [(byte)'{', ..] && _joined.Span.Length > SurelyCumulative)
        {
            _joined = new TextBuffer(limit);
        }

        var added = (piece.IsObject ? _joined.Append(JsonValue.OfText(piece.Raw)) : _joined.Append(piece)).Span;
        _balance.Add(added);
        _cumulative = _cumulative && added.StartsWith(_latest);
        if (_cumulative && !added.IsEmpty)
        {
            _latest = added.ToArray();
        }
    }

    /// <summary>Sets the complete arguments, as the provider's final event gives them.</summary>
    /// <exception cref="UpstreamException">The limit is exceeded.</exception>
    public void Restate(JsonValue arguments)
    {
        var text = arguments.IsObject ? JsonText.Decode(arguments.Raw, false) : arguments.IsString ? arguments.Text : null;
        if (!string.IsNullOrWhiteSpace(text))
        {
            _restated = text.Length <= limit ? text : throw new UpstreamException(UpstreamFailures.TooLarge);
            _balance = default;
            _balance.Add(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>
    /// The arguments of each concatenated call; usually one. Invalid JSON is passed on for the caller to refuse.
    /// </summary>
    public IReadOnlyList<string> Documents()
    {
        var texts = Candidates().Where(static text => !string.IsNullOrWhiteSpace(text)).ToArray();
        var readable = texts.Select(static text => Split(Encoding.UTF8.GetBytes(text))).OfType<List<string>>().ToArray();
        return Array.Find(readable, static documents => documents is not ["{}"])
            ?? readable.FirstOrDefault()
            ?? [texts.FirstOrDefault("{}")];
    }

    private IEnumerable<string> Candidates()
    {
        if (_restated is not null)
        {
            yield return _restated;
        }

        yield return _joined.ToString();
        if (_cumulative)
        {
            yield return Encoding.UTF8.GetString(_latest);
        }
    }

    /// <summary>
    /// The distinct objects of a text, an empty one only if there is no other; null if it is not a sequence of objects.
    /// </summary>
    private static List<string>? Split(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            AllowMultipleValues = true,
            AllowTrailingCommas = true,
            MaxDepth = JsonValue.Leniency.MaxDepth,
        });
        var found = new List<JsonElement>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String && reader.GetString() is ['{', ..] inside)
                {
                    // some servers write the text of an object as a string once more
                    return Split(Encoding.UTF8.GetBytes(inside));
                }

                var document = JsonElement.ParseValue(ref reader);
                if (document.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
                {
                    return null;
                }

                if (document.ValueKind == JsonValueKind.Object && document.EnumerateObject().Any()
                    && found.Count < MaxDocuments && !found.Exists(known => AreEqual(known, document)))
                {
                    found.Add(document);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }

        return found.Count == 0 ? ["{}"] : [.. found.Select(static document => document.GetRawText())];
    }

    /// <summary>Equal but for white space and the order of members.</summary>
    public static bool AreEqual(JsonElement one, JsonElement other)
    {
        try
        {
            return JsonElement.DeepEquals(one, other);
        }
        catch (InvalidOperationException)
        {
            // half a surrogate pair cannot be compared as text
            return one.GetRawText() == other.GetRawText();
        }
    }
}
