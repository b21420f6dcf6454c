using System.Text.Json;

namespace AotSidecar.ChatKit.Requests;

internal static class JsonNumbers
{
    /// <summary>
    /// Refuses numbers that no double can represent (<c>1e400</c>); passed on, they would fail later.
    /// </summary>
    /// <exception cref="JsonException">Also for anything that is not JSON.</exception>
    public static void RefuseUnrepresentable(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Number && (!reader.TryGetDouble(out var value) || double.IsInfinity(value)))
            {
                throw new JsonException("a number is out of range");
            }
        }
    }
}
