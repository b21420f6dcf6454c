using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>One HTTP reply as it came over the wire.</summary>
internal sealed record RawReply(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, string Head)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Code => Body.Length == 0 ? null : (string?)Json["error"]?["code"];

    public string? Param => (string?)Json["error"]?["param"];

    /// <summary>The header's only value, or null; a repeated header is a failure.</summary>
    public string? Header(string name) =>
        Headers.SingleOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public override string ToString() => Head + Text;
}
