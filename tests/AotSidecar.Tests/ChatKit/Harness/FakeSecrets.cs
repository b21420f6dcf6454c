using System.Collections.Concurrent;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>Gives every key id a key, unless told otherwise.</summary>
internal sealed class FakeSecrets : ISecretSource
{
    private readonly ConcurrentQueue<SecretName> _asked = new();
    private readonly ConcurrentDictionary<string, int> _versions = new();

    public IReadOnlyList<SecretName> Asked => [.. _asked];

    public Uri? BaseUrl { get; set; }

    public Func<SecretName, CancellationToken, Task<Provider>>? Find { get; set; }

    /// <summary>As the flags have them.</summary>
    public ProviderDefaults Defaults { get; set; } = new(new Uri("https://api.openai.com/v1"), ProviderApi.Responses, "m");

    public Provider Key(string text) => new()
    {
        Key = ApiKey.TryCreate(text)!,
        BaseUrl = BaseUrl ?? Defaults.Url,
        Api = Defaults.Api,
        DefaultModel = Defaults.Model,
    };

    public Task<Provider> FindAsync(SecretName name, CancellationToken cancellationToken)
    {
        _asked.Enqueue(name);
        return Find?.Invoke(name, cancellationToken) ?? Task.FromResult(Key($"sk-{name.KeyId}"));
    }

    public int Version(string keyId) => _versions.GetValueOrDefault(keyId);

    public void KeyChanged(string keyId) => _versions.AddOrUpdate(keyId, 1, static (_, version) => version + 1);
}
