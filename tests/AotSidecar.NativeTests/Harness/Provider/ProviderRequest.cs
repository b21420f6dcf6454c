using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>One request as the provider received it.</summary>
internal sealed record ProviderRequest(string Method, string Target, string Head, byte[] Body, long Timestamp)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Bearer => Header("Authorization")?["Bearer ".Length..];

    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Select(line => line.Split(": ", 2))
        .SingleOrDefault(parts => parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1];
}
