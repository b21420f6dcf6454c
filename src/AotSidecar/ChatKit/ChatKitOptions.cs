namespace AotSidecar.ChatKit;

internal sealed record ChatKitOptions
{
    /// <summary>System instructions of the flag; a session's own replace them.</summary>
    public string? Instructions { get; init; }

    /// <summary>How often the model may ask for tools before it has to answer.</summary>
    public int MaxToolRounds { get; init; } = 16;

    /// <summary>What one call of a tool may take. One may build a project, or ask the user something.</summary>
    public TimeSpan ToolTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Names threads after their first answer; null leaves them the first line of their first message.</summary>
    public string? TitleModel { get; init; }

    /// <summary>How long deltas that follow each other too fast for a page are gathered; zero sends each as it comes.</summary>
    public TimeSpan DeltaInterval { get; init; }

    /// <summary>Streams of one session at a time.</summary>
    public int MaxStreamsPerSession { get; init; } = 4;
}
