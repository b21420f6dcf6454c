namespace AotSidecar.NativeTests.Harness;

/// <summary>What a webview holds.</summary>
internal sealed record Session(string Id, string Token);
