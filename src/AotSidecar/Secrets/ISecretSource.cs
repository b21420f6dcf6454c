namespace AotSidecar.Secrets;

/// <summary>The extension host as the keeper of keys: the process boundary that tests replace.</summary>
internal interface ISecretSource
{
    /// <summary>Asks for a key. Concurrent calls for one name share one question; it never throws but for cancellation.</summary>
    Task<SecretLookup> FindAsync(SecretName name, CancellationToken cancellationToken);

    /// <summary>Makes sure that no question asked before now is shared with a call made after now: the key has changed.</summary>
    void Forget(string keyId);
}
