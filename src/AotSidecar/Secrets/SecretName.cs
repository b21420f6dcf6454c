namespace AotSidecar.Secrets;

/// <summary>Which key is meant: the host's key id and the environment, <c>dev</c> or <c>pro</c>.</summary>
internal readonly record struct SecretName(string KeyId, string Environment);
