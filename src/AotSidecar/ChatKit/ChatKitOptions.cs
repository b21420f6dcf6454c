namespace AotSidecar.ChatKit;

internal sealed record ChatKitOptions
{
    /// <summary>From <c>--instructions-file</c>; a session's own replace them.</summary>
    public string? Instructions { get; init; }

    /// <summary>How often the model may ask for tools before it has to answer.</summary>
    public int MaxToolRounds { get; init; } = 16;

    /// <summary>For one tool call, which may build a project or ask the user.</summary>
    public TimeSpan ToolTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Model that names threads after their first answer; without it, the first line of the first message does.
    /// </summary>
    public string? TitleModel { get; init; }

    /// <summary>
    /// How long deltas that follow each other too fast for a page are gathered; zero sends each as it comes.
    /// </summary>
    public TimeSpan DeltaInterval { get; init; }

    /// <summary>Concurrent streams of one session.</summary>
    public int MaxStreamsPerSession { get; init; } = 4;
}
