using AotSidecar.Secrets;

namespace AotSidecar.Providers.Transport;

/// <summary>How long a provider may take over each phase of an answer.</summary>
internal sealed record UpstreamTimeouts
{
    public static UpstreamTimeouts Default { get; } = new();

    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the request to the head of the reply. Models that think send nothing while they do.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The same for a provider on this machine, and until its first event: it may have to load the model first.</summary>
    public TimeSpan LocalFirstByte { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Between events. Bytes that make no event, such as comments, do not count: a server can send those forever.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>After the end of an answer whose stream does not end: usage and late text come at once, if at all.</summary>
    public TimeSpan FinishGrace { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>After an error event that says nothing: what follows it usually says more.</summary>
    public TimeSpan ErrorGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For the body of a refusal, which only refines the message.</summary>
    public TimeSpan ErrorBody { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A recording is transcribed in one piece and answered at the end.</summary>
    public TimeSpan Transcription { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan FirstByteOf(Provider provider) => provider.BaseUrl.IsLoopback ? LocalFirstByte : FirstByte;
}
