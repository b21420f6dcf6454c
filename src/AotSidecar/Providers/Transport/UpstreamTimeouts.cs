using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>How long a provider may take over each phase of an answer.</summary>
internal sealed record UpstreamTimeouts
{
    public static UpstreamTimeouts Default { get; } = new();

    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the request to the head of the reply. Models that think send nothing while they do.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>First byte and first event of a provider on this machine, which may have to load the model.</summary>
    public TimeSpan LocalFirstByte { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Between events. Comments do not count: a server can send those forever.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// For what may follow a complete answer whose stream stays open: usage and late text come at once, if at all.
    /// </summary>
    public TimeSpan FinishGrace { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Wait after an error event without details; the next event usually has them.</summary>
    public TimeSpan ErrorGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For the body of an error reply, which only refines the message.</summary>
    public TimeSpan ErrorBody { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The whole transcription; its reply comes at the end.</summary>
    public TimeSpan Transcription { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan FirstByteOf(Provider provider) => provider.BaseUrl.IsLoopback ? LocalFirstByte : FirstByte;
}
