using System.Collections.Concurrent;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>Gives every key id a key, unless told otherwise.</summary>
internal sealed class FakeSecrets : ISecretSource
{
    private readonly ConcurrentQueue<SecretName> _asked = new();

    public IReadOnlyList<SecretName> Asked => [.. _asked];

    public ConcurrentQueue<string> Forgotten { get; } = new();

    public Uri? BaseUrl { get; set; }

    public Func<SecretName, CancellationToken, Task<SecretLookup>>? Find { get; set; }

    public static SecretLookup Key(string text, Uri? baseUrl = null) =>
        new SecretLookup.Found(new ProviderCredential(ApiKey.TryCreate(text)!) { BaseUrl = baseUrl });

    public Task<SecretLookup> FindAsync(SecretName name, CancellationToken cancellationToken)
    {
        _asked.Enqueue(name);
        return Find?.Invoke(name, cancellationToken) ?? Task.FromResult(Key($"sk-{name.KeyId}", BaseUrl));
    }

    public void Forget(string keyId) => Forgotten.Enqueue(keyId);
}
