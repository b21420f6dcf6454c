using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>An uploaded file where it is kept. What throws a <c>StorageException</c> has changed nothing.</summary>
internal abstract class StoredAttachment(string id, string user)
{
    public string Id { get; } = id;

    public string User { get; } = user;

    /// <summary>The thread whose message carries it.</summary>
    public string? ThreadId { get; protected set; }

    /// <summary>What it takes of the room, in bytes.</summary>
    public long Size { get; protected set; }

    /// <summary>Whether its bytes have been uploaded.</summary>
    public abstract bool HasContent { get; }

    /// <returns>Null when it turned out to be damaged.</returns>
    public abstract Attachment? Read();

    /// <returns>Null when nothing has been uploaded, or it turned out to be damaged.</returns>
    public abstract ReadOnlyMemory<byte>? ReadContent();

    public abstract void SetContent(Attachment attachment, ReadOnlyMemory<byte> content, long size);

    public abstract void Bind(Attachment attachment);

    public abstract void Delete();
}
