namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>What matters of an error reply.</summary>
internal sealed record Refusal(int Status, string? Code, string? Param = null);
