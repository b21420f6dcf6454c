using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

internal sealed record Workflow
{
    /// <summary><c>custom</c> or <c>reasoning</c>.</summary>
    public required string Type { get; init; }

    public required IReadOnlyList<WorkTask> Tasks { get; init; }

    public WorkflowSummary? Summary { get; init; }

    public bool Expanded { get; init; }
}

/// <summary>Either a title with an optional icon, or a duration; the wire has no discriminator.</summary>
internal sealed record WorkflowSummary
{
    public string? Title { get; init; }

    public string? Icon { get; init; }

    /// <summary>Seconds.</summary>
    public int? Duration { get; init; }
}

/// <summary>One step of a workflow. Called <c>Task</c> on the wire.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(CustomTask), "custom")]
[JsonDerivedType(typeof(WebSearchTask), "web_search")]
[JsonDerivedType(typeof(ThoughtTask), "thought")]
[JsonDerivedType(typeof(FileTask), "file")]
[JsonDerivedType(typeof(ImageTask), "image")]
internal abstract record WorkTask
{
    /// <summary><c>none</c>, <c>loading</c> or <c>complete</c>.</summary>
    public string StatusIndicator { get; init => field = value ?? "none"; } = "none";

    public string? Title { get; init; }

    /// <summary>The task as it is shown once it can no longer finish: not loading.</summary>
    public WorkTask Stopped() => StatusIndicator == "loading" ? this with { StatusIndicator = "none" } : this;
}

internal sealed record CustomTask : WorkTask
{
    public string? Icon { get; init; }

    public string? Content { get; init; }
}

internal sealed record WebSearchTask : WorkTask
{
    public string? TitleQuery { get; init; }

    public IReadOnlyList<string> Queries { get; init => field = value ?? []; } = [];

    public IReadOnlyList<Source> Sources { get; init => field = value ?? []; } = [];
}

internal sealed record ThoughtTask : WorkTask
{
    public required string Content { get; init; }
}

internal sealed record FileTask : WorkTask
{
    public IReadOnlyList<Source> Sources { get; init => field = value ?? []; } = [];
}

internal sealed record ImageTask : WorkTask;
