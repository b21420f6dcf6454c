using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>The ten kinds of <c>thread.item.updated</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ContentPartAdded), "assistant_message.content_part.added")]
[JsonDerivedType(typeof(ContentTextDelta), "assistant_message.content_part.text_delta")]
[JsonDerivedType(typeof(ContentAnnotationAdded), "assistant_message.content_part.annotation_added")]
[JsonDerivedType(typeof(ContentPartDone), "assistant_message.content_part.done")]
[JsonDerivedType(typeof(WidgetTextDelta), "widget.streaming_text.value_delta")]
[JsonDerivedType(typeof(WidgetRootUpdated), "widget.root.updated")]
[JsonDerivedType(typeof(WidgetComponentUpdated), "widget.component.updated")]
[JsonDerivedType(typeof(WorkflowTaskAdded), "workflow.task.added")]
[JsonDerivedType(typeof(WorkflowTaskUpdated), "workflow.task.updated")]
[JsonDerivedType(typeof(GeneratedImageUpdated), "generated_image.updated")]
internal abstract record ItemUpdate;

/// <summary>Must precede the part's first delta: the page drops deltas of unknown parts.</summary>
internal sealed record ContentPartAdded(int ContentIndex, AssistantContent Content) : ItemUpdate;

internal sealed record ContentTextDelta(int ContentIndex, string Delta) : ItemUpdate;

internal sealed record ContentAnnotationAdded(int ContentIndex, int AnnotationIndex, SourceAnnotation Annotation) : ItemUpdate;

internal sealed record ContentPartDone(int ContentIndex, AssistantContent Content) : ItemUpdate;

internal sealed record WidgetTextDelta(string ComponentId, string Delta, bool Done = false) : ItemUpdate;

internal sealed record WidgetRootUpdated(JsonElement Widget) : ItemUpdate;

internal sealed record WidgetComponentUpdated(string ComponentId, JsonElement Component) : ItemUpdate;

internal sealed record WorkflowTaskAdded(int TaskIndex, WorkTask Task) : ItemUpdate;

internal sealed record WorkflowTaskUpdated(int TaskIndex, WorkTask Task) : ItemUpdate;

/// <param name="Progress">0 to 1.</param>
internal sealed record GeneratedImageUpdated(GeneratedImage Image, double? Progress = null) : ItemUpdate;
