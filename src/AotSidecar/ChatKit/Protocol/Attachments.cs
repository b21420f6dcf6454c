using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>An uploaded file as the page sees it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FileAttachment), "file")]
[JsonDerivedType(typeof(ImageAttachment), "image")]
internal abstract record Attachment
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string MimeType { get; init; }

    /// <summary>Only until the upload is done.</summary>
    public UploadDescriptor? UploadDescriptor { get; init; }

    public string? ThreadId { get; init; }
}

internal sealed record FileAttachment : Attachment;

internal sealed record ImageAttachment : Attachment
{
    /// <summary>The page then asks for the picture with <c>attachments.get_preview</c>.</summary>
    public const string LazyPreview = "lazy";

    /// <summary>
    /// A data URL, or <see cref="LazyPreview"/>: the page's frame has another origin and cannot load ours.
    /// </summary>
    public required string PreviewUrl { get; init; }
}

/// <param name="Method"><c>POST</c> (multipart, field <c>file</c>) or <c>PUT</c> (raw bytes).</param>
internal sealed record UploadDescriptor(string Url, string Method, IReadOnlyDictionary<string, string> Headers);
