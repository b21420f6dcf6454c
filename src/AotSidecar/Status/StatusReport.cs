using System.Text.Json.Serialization;

namespace AotSidecar.Status;

/// <summary>The body of <c>GET /status</c>.</summary>
internal sealed record StatusReport
{
    public string Status { get; } = "ok";

    public required string Version { get; init; }

    public required int ProtocolVersion { get; init; }

    public required int Pid { get; init; }

    public required long UptimeSeconds { get; init; }

    public required int LiveSessions { get; init; }

    public required int RunningStreams { get; init; }

    public required long MemoryKeptBytes { get; init; }

    public required long MemoryUnderWayBytes { get; init; }

    public required long DroppedLogLines { get; init; }

    public required long DroppedBridgeReplies { get; init; }

    public required StatusCounters Counters { get; init; }
}

/// <summary>Everything counted since the start; labelled counters by label, and empty if they never counted.</summary>
internal sealed record StatusCounters
{
    public required long Mints { get; init; }

    /// <summary>By code.</summary>
    public required IReadOnlyDictionary<string, long> Refusals { get; init; }

    /// <summary>By method.</summary>
    public required IReadOnlyDictionary<string, long> BridgeCalls { get; init; }

    /// <summary>By method.</summary>
    public required IReadOnlyDictionary<string, long> BridgeTimeouts { get; init; }

    /// <summary>By code.</summary>
    public required IReadOnlyDictionary<string, long> ProviderErrors { get; init; }

    /// <summary>By code.</summary>
    public required IReadOnlyDictionary<string, long> StreamErrors { get; init; }

    /// <summary>By event.</summary>
    public required IReadOnlyDictionary<string, long> Storage { get; init; }

    /// <summary>By reason.</summary>
    public required IReadOnlyDictionary<string, long> ToolProgressDropped { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
