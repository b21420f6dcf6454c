using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>An uploaded file where it is kept. What throws a <c>StorageException</c> has changed nothing.</summary>
internal abstract class StoredAttachment(string id, string user)
{
    public string Id { get; } = id;

    public string User { get; } = user;

    /// <summary>The thread whose message carries it.</summary>
    public string? ThreadId { get; protected set; }

    /// <summary>Of the content, in bytes.</summary>
    public long Size { get; protected set; }

    /// <returns>Null when it turned out to be damaged.</returns>
    public abstract (Attachment Attachment, ReadOnlyMemory<byte>? Content)? Read();

    public abstract void SetContent(Attachment attachment, ReadOnlyMemory<byte> content);

    public abstract void Bind(Attachment attachment);

    public abstract void Delete();
}
