namespace AotSidecar.Secrets;

/// <summary>The outcome of asking the extension host for a key.</summary>
internal abstract record SecretLookup
{
    private SecretLookup()
    {
    }

    public sealed record Found(ProviderCredential Credential) : SecretLookup;

    public sealed record Refused(SecretRefusal Reason) : SecretLookup;
}

internal enum SecretRefusal
{
    NotFound,
    Denied,
    Locked,

    /// <summary>The host answered with something that cannot be a key.</summary>
    Invalid,

    /// <summary>The provider address that the host answered with is not allowed.</summary>
    InvalidBaseUrl,

    /// <summary>The host answered with a JSON-RPC error of no known meaning.</summary>
    HostError,

    /// <summary>The host does not know the method.</summary>
    Incompatible,

    /// <summary>The host answered something that is not JSON-RPC.</summary>
    ProtocolError,
    Cancelled,
    TimedOut,
    Unavailable,
}
