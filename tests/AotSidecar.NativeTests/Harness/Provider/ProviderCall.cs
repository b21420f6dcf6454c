namespace AotSidecar.NativeTests.Harness;

/// <summary>A function that a scripted provider asks for.</summary>
internal sealed record ProviderCall(string CallId, string Tool, string Arguments = "{}");
