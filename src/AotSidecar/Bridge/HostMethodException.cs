namespace AotSidecar.Bridge;

/// <summary>
/// A refusal to the host: <paramref name="code"/> is a JSON-RPC error code, the message our own words.
/// </summary>
internal sealed class HostMethodException(int code, string message, string? reason = null) : Exception(message)
{
    public const int InvalidParams = -32602;

    /// <summary>
    /// The request was understood and refused; <see cref="Reason"/> is the code that HTTP would have given.
    /// </summary>
    public const int Refused = -32000;

    public int Code { get; } = code;

    /// <summary>Sent as <c>data.code</c>.</summary>
    public string? Reason { get; } = reason;
}
