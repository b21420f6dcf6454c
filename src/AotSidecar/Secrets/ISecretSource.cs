namespace AotSidecar.Secrets;

/// <summary>The extension host as the keeper of keys: the process boundary that tests replace.</summary>
internal interface ISecretSource
{
    /// <summary>
    /// Asks for a key; the caller owns the answer and zeroes its key. Concurrent calls for one name share one question.
    /// A refusal, a bad answer or a host that does not answer is thrown as the failure that the client sees.
    /// </summary>
    Task<Provider> FindAsync(SecretName name, CancellationToken cancellationToken);

    /// <summary>
    /// Differs from before when the key has changed since. It may also differ because another key changed, so it says when
    /// to ask again, not what happened.
    /// </summary>
    int Version(string keyId);

    /// <summary>The key is another now: its version changes, and no later call shares a question asked before.</summary>
    void KeyChanged(string keyId);
}
