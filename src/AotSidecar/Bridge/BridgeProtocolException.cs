namespace AotSidecar.Bridge;

/// <summary>The peer broke the framing: the connection cannot go on.</summary>
internal sealed class BridgeProtocolException(string message) : Exception(message);
