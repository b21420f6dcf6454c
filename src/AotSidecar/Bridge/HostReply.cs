using System.Text.Json;

namespace AotSidecar.Bridge;

/// <summary>The outcome of a call to the extension host.</summary>
internal abstract record HostReply
{
    private HostReply()
    {
    }

    public sealed record Result(JsonElement Value) : HostReply;

    /// <param name="Code">The JSON-RPC error code. Its message is dropped: it may hold anything.</param>
    public sealed record Error(int Code) : HostReply;

    /// <summary>The reply was not JSON-RPC, or had both a result and an error.</summary>
    public sealed record Malformed : HostReply;

    public sealed record TimedOut : HostReply;

    public sealed record Unavailable : HostReply;
}
