namespace AotSidecar.Secrets;

/// <summary>Identifies a key: the host's key id, and the environment <c>dev</c> or <c>pro</c>.</summary>
internal readonly record struct SecretName(string KeyId, string Environment);
