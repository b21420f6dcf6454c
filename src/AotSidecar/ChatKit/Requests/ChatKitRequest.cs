using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Requests;

/// <summary>
/// The protocol's operations (docs/chatkit.md#operations), read and checked as far as that needs no store.
/// </summary>
internal abstract record ChatKitRequest
{
    /// <summary>Maximum length of a file's name and of its type.</summary>
    public const int MaxFileName = 255;

    private ChatKitRequest()
    {
    }

    /// <summary>Whether the operation answers with a stream: docs/chatkit.md#streaming-or-json.</summary>
    public bool Streams => this is CreateThread or AddUserMessage or AddClientToolOutput or AddStructuredInput or RetryAfterItem
        or CustomAction { Sync: false };

    public sealed record CreateThread(UserInput Input) : ChatKitRequest;

    public sealed record AddUserMessage(string ThreadId, UserInput Input) : ChatKitRequest;

    /// <param name="Result">Null for a JSON null.</param>
    public sealed record AddClientToolOutput(string ThreadId, JsonElement? Result) : ChatKitRequest;

    public sealed record AddStructuredInput(
        string ThreadId, string ItemId, bool Skipped, IReadOnlyDictionary<string, StructuredAnswer> Answers) : ChatKitRequest;

    public sealed record RetryAfterItem(string ThreadId, string ItemId) : ChatKitRequest;

    /// <param name="Sync">Answered with JSON instead of a stream.</param>
    public sealed record CustomAction(string ThreadId, string? ItemId, string Type, JsonElement? Payload, bool Sync) : ChatKitRequest;

    public sealed record GetThread(string ThreadId) : ChatKitRequest;

    public sealed record ListThreads(PageQuery Query) : ChatKitRequest;

    public sealed record ListItems(string ThreadId, PageQuery Query) : ChatKitRequest;

    public sealed record UpdateThread(string ThreadId, string Title) : ChatKitRequest;

    public sealed record DeleteThread(string ThreadId) : ChatKitRequest;

    /// <param name="Kind"><c>positive</c> or <c>negative</c>.</param>
    public sealed record Feedback(string ThreadId, IReadOnlyList<string> ItemIds, string Kind) : ChatKitRequest;

    public sealed record CreateAttachment(string Name, long Size, string MimeType) : ChatKitRequest;

    public sealed record DeleteAttachment(string AttachmentId) : ChatKitRequest;

    public sealed record GetPreview(string AttachmentId) : ChatKitRequest;

    public sealed record Transcribe(byte[] Audio, string MimeType) : ChatKitRequest;
}

/// <summary>What a user sends (<c>UserMessageInput</c>).</summary>
internal sealed record UserInput(
    IReadOnlyList<UserContent> Content, IReadOnlyList<string> AttachmentIds, string? QuotedText, InferenceOptions Options)
{
    /// <summary>Characters.</summary>
    public long TextLength => Content.Sum(static part => (long)part.Text.Length) + (QuotedText?.Length ?? 0);
}

internal sealed record PageQuery(int Limit, bool Ascending, string? After);
