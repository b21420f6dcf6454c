using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>A stored file. A <c>StorageException</c> means that nothing changed.</summary>
internal abstract class StoredAttachment(string id, string user)
{
    public string Id { get; } = id;

    public string User { get; } = user;

    /// <summary>The thread whose message contains it.</summary>
    public string? ThreadId { get; protected set; }

    /// <summary>What it counts against the limits, in bytes.</summary>
    public long Size { get; protected set; }

    /// <summary>Whether its bytes have been uploaded.</summary>
    public abstract bool HasContent { get; }

    /// <returns>Null if it is damaged.</returns>
    public abstract Attachment? Read();

    /// <returns>Null when nothing has been uploaded, or it turned out to be damaged.</returns>
    public abstract ReadOnlyMemory<byte>? ReadContent();

    public abstract void SetContent(Attachment attachment, ReadOnlyMemory<byte> content, long size);

    public abstract void Bind(Attachment attachment);

    public abstract void Delete();
}
