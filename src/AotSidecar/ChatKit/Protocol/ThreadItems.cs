using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>
/// An element of a thread. Hidden ones (the last two cases) are stored and given to the model, and never sent.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(UserMessageItem), "user_message")]
[JsonDerivedType(typeof(AssistantMessageItem), "assistant_message")]
[JsonDerivedType(typeof(ClientToolCallItem), "client_tool_call")]
[JsonDerivedType(typeof(WidgetItem), "widget")]
[JsonDerivedType(typeof(GeneratedImageItem), "generated_image")]
[JsonDerivedType(typeof(StructuredInputItem), "structured_input")]
[JsonDerivedType(typeof(WorkflowItem), "workflow")]
[JsonDerivedType(typeof(TaskItem), "task")]
[JsonDerivedType(typeof(EndOfTurnItem), "end_of_turn")]
[JsonDerivedType(typeof(HiddenContextItem), "hidden_context_item")]
[JsonDerivedType(typeof(SdkHiddenContextItem), "sdk_hidden_context")]
internal abstract record ThreadItem
{
    public required string Id { get; init; }

    public required string ThreadId { get; init; }

    [JsonConverter(typeof(WireTime))]
    public required DateTime CreatedAt { get; init; }

    [JsonIgnore]
    public virtual bool IsHidden => false;
}

internal sealed record UserMessageItem : ThreadItem
{
    public required IReadOnlyList<UserContent> Content { get; init; }

    public IReadOnlyList<Attachment> Attachments { get; init => field = value ?? []; } = [];

    public string? QuotedText { get; init; }

    public InferenceOptions InferenceOptions { get; init => field = value ?? new(); } = new();
}

internal sealed record InferenceOptions
{
    public string? Model { get; init; }

    public ToolChoice? ToolChoice { get; init; }
}

internal sealed record ToolChoice(string Id);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(InputText), "input_text")]
[JsonDerivedType(typeof(InputTag), "input_tag")]
internal abstract record UserContent
{
    public required string Text { get; init; }
}

internal sealed record InputText : UserContent;

internal sealed record InputTag : UserContent
{
    public required string Id { get; init; }

    /// <summary>The integrator's data, kept as sent, nulls included.</summary>
    public required JsonElement Data { get; init => field = ChatKitJson.OrEmpty(value); }

    public string? Group { get; init; }

    public bool Interactive { get; init; }
}

internal sealed record AssistantMessageItem : ThreadItem
{
    public required IReadOnlyList<AssistantContent> Content { get; init; }
}

/// <summary>One part of an answer: Markdown with its sources.</summary>
internal sealed record AssistantContent
{
    public IReadOnlyList<SourceAnnotation> Annotations { get; init => field = value ?? []; } = [];

    public required string Text { get; init; }

    public string Type { get; init => field = value ?? "output_text"; } = "output_text";
}

/// <summary>A function that the page runs; the stream ends after it and the page sends the output.</summary>
internal sealed record ClientToolCallItem : ThreadItem
{
    /// <summary><c>pending</c> or <c>completed</c>.</summary>
    public string Status { get; init => field = value ?? "pending"; } = "pending";

    public required string CallId { get; init; }

    public required string Name { get; init; }

    public required JsonElement Arguments { get; init; }

    public JsonElement? Output { get; init; }
}

internal sealed record WidgetItem : ThreadItem
{
    /// <summary>Opaque but for its root type; nulls are dropped at every depth.</summary>
    public required JsonElement Widget { get; init; }

    public string? CopyText { get; init; }
}

internal sealed record GeneratedImageItem : ThreadItem
{
    public GeneratedImage? Image { get; init; }
}

/// <param name="Url">Absolute, or a data URL.</param>
internal sealed record GeneratedImage(string Id, string Url);

internal sealed record StructuredInputItem : ThreadItem
{
    /// <summary><c>pending</c>, <c>answered</c> or <c>skipped</c>.</summary>
    public string Status { get; init => field = value ?? "pending"; } = "pending";

    public required IReadOnlyList<StructuredInput> Inputs { get; init; }
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(MultipleChoiceInput), "multiple_choice")]
[JsonDerivedType(typeof(FreeformInput), "freeform")]
internal abstract record StructuredInput
{
    public required string Id { get; init; }

    public required string Question { get; init; }

    public StructuredAnswer? Answer { get; init; }
}

internal sealed record MultipleChoiceInput : StructuredInput
{
    public required IReadOnlyList<ChoiceOption> Options { get; init; }

    public bool Multiple { get; init; }
}

internal sealed record ChoiceOption(string Value);

internal sealed record FreeformInput : StructuredInput
{
    public string? Description { get; init; }
}

internal sealed record StructuredAnswer
{
    public IReadOnlyList<string> Values { get; init => field = value ?? []; } = [];

    public bool Skipped { get; init; }
}

internal sealed record WorkflowItem : ThreadItem
{
    public required Workflow Workflow { get; init; }
}

internal sealed record TaskItem : ThreadItem
{
    public required WorkTask Task { get; init; }
}

/// <summary>Makes the page begin a new assistant turn; not rendered.</summary>
internal sealed record EndOfTurnItem : ThreadItem;

internal sealed record HiddenContextItem : ThreadItem
{
    public required JsonElement Content { get; init; }

    public override bool IsHidden => true;
}

internal sealed record SdkHiddenContextItem : ThreadItem
{
    public required string Content { get; init; }

    public override bool IsHidden => true;
}
