using AotSidecar.Failures;

namespace AotSidecar.Bridge;

internal static class HostFailures
{
    /// <summary>What a client is told when the extension host does not answer a call as it should.</summary>
    /// <param name="reply">Anything but a result.</param>
    public static Failure Of(HostReply reply) => reply switch
    {
        HostReply.TimedOut => Failure.BridgeTimeout,
        HostReply.Malformed => Failure.BridgeProtocolError,
        HostReply.Unavailable => Failure.BridgeUnavailable,
        _ => Failure.BridgeError,
    };
}
