namespace AotSidecar.Secrets;

/// <summary>Where API keys come from: the extension host. Tests replace this process boundary.</summary>
internal interface ISecretSource
{
    /// <summary>
    /// Asks for a key and what the host says about its use. The caller owns the answer and zeroes its key. Concurrent
    /// calls for one name share one question. Throws a <c>FailureException</c> when the host refuses, answers badly or
    /// not at all.
    /// </summary>
    Task<Provider> FindAsync(SecretName name, CancellationToken cancellationToken);

    /// <summary>
    /// A number that changes when the key does. It may also change with another key, so a difference means "ask again"
    /// and nothing more.
    /// </summary>
    int Version(string keyId);

    /// <summary>Changes the key's version; later calls no longer share a question asked before.</summary>
    void KeyChanged(string keyId);
}
