using System.Text.Json;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Requests;

internal static class JsonBounds
{
    /// <summary>
    /// Names, values, and beginnings and ends of lists and objects. A document takes 12 bytes for each beside its text,
    /// several times while it grows: a body of four million bytes may hold two million.
    /// </summary>
    public const int MaxTokens = 200_000;

    /// <summary>
    /// Refuses numbers that no double can represent (<c>1e400</c>), which would fail later when they are passed on, and
    /// more tokens than <see cref="MaxTokens"/>.
    /// </summary>
    /// <exception cref="JsonException">Also for anything that is not JSON.</exception>
    /// <exception cref="FailureException">400 <c>too_many_items</c>.</exception>
    public static void Check(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        for (var tokens = 0; reader.Read(); tokens++)
        {
            if (tokens == MaxTokens)
            {
                throw new FailureException(new Failure(400, "too_many_items", $"the body has more than {MaxTokens} names and values"));
            }

            if (reader.TokenType == JsonTokenType.Number && (!reader.TryGetDouble(out var value) || double.IsInfinity(value)))
            {
                throw new JsonException("a number is out of range");
            }
        }
    }
}
