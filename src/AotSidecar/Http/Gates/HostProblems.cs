using AotSidecar.Bridge;

namespace AotSidecar.Http;

/// <summary>What a client is told when the extension host does not answer a call as it should.</summary>
internal static class HostProblems
{
    public static Problem Unavailable { get; } = new(503, "bridge_unavailable", "the extension is not connected");

    public static Problem TimedOut { get; } =
        new(504, "bridge_timeout", "the extension did not answer in time; is a question waiting in the editor?");

    public static Problem ProtocolError { get; } = new(502, "bridge_protocol_error", "the extension's answer was not JSON-RPC");

    public static Problem Failed { get; } = new(502, "bridge_error", "the extension failed to answer");

    /// <param name="reply">Anything but a result.</param>
    public static Problem Of(HostReply reply) => reply switch
    {
        HostReply.TimedOut => TimedOut,
        HostReply.Malformed => ProtocolError,
        HostReply.Unavailable => Unavailable,
        _ => Failed,
    };
}
