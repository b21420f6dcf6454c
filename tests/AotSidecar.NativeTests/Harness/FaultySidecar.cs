namespace AotSidecar.NativeTests.Harness;

/// <summary>One sidecar for all faults of a class. Each gets a key of its own, for a refused key ends its sessions.</summary>
public sealed class FaultySidecar : IAsyncLifetime
{
    private int _keys;

    internal Sidecar Sidecar { get; private set; } = null!;

    internal FakeProvider Provider => Sidecar.Provider;

    public async Task InitializeAsync() => Sidecar = await Sidecar.StartAsync();

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    internal Task<Session> MintAsync(string members = "", string? keyId = null) => Sidecar.MintAsync(keyId ?? $"key-{++_keys}", members);

    /// <summary>Neither the provider's words nor its key are in a reply or in the log, which is written in full.</summary>
    internal void AssertNothingOf(string words, string reply)
    {
        foreach (var text in new[] { reply, Sidecar.Process.Errors.Text })
        {
            Assert.DoesNotContain(words, text, StringComparison.Ordinal);
            Assert.DoesNotContain("PROVIDER-WORDS", text, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-t", text, StringComparison.Ordinal);
        }
    }
}
