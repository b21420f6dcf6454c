using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>A marker in an answer's text. Wire name: <c>annotation</c>.</summary>
internal sealed record SourceAnnotation
{
    public string Type { get; init => field = value ?? "annotation"; } = "annotation";

    public required Source Source { get; init; }

    /// <summary>UTF-16 offset into the text; the page shows no inline marker when it is absent or 0.</summary>
    public int? Index { get; init; }
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(UrlSource), "url")]
[JsonDerivedType(typeof(FileSource), "file")]
[JsonDerivedType(typeof(EntitySource), "entity")]
internal abstract record Source
{
    public required string Title { get; init; }

    public string? Description { get; init; }

    public string? Timestamp { get; init; }

    public string? Group { get; init; }
}

internal sealed record UrlSource : Source
{
    public required string Url { get; init; }

    public string? Attribution { get; init; }
}

internal sealed record FileSource : Source
{
    public required string Filename { get; init; }
}

internal sealed record EntitySource : Source
{
    public required string Id { get; init; }

    public string? Icon { get; init; }

    public string? Label { get; init; }

    public string? InlineLabel { get; init; }

    public bool Interactive { get; init; }

    public JsonElement Data { get; init => field = ChatKitJson.OrEmpty(value); } = ChatKitJson.EmptyObject;

    public string? Preview { get; init; }
}
