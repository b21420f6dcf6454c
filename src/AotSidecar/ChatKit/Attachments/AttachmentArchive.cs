using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Where uploaded files are kept, and how much of them.</summary>
internal abstract class AttachmentArchive
{
    /// <summary>For the life of the process, without <c>--data-dir</c>.</summary>
    public static AttachmentArchive Memory { get; } = new InMemory();

    public abstract int MaxCount { get; }

    /// <summary>All files together, in bytes.</summary>
    public abstract long MaxTotalSize { get; }

    /// <summary>Files of earlier runs.</summary>
    public abstract IReadOnlyList<StoredAttachment> Open();

    public abstract StoredAttachment Create(string user, Attachment attachment);

    private sealed class InMemory : AttachmentArchive
    {
        public override int MaxCount => 1000;

        public override long MaxTotalSize => 256L * 1024 * 1024;

        public override IReadOnlyList<StoredAttachment> Open() => [];

        public override StoredAttachment Create(string user, Attachment attachment) => new MemoryAttachment(user, attachment);
    }

    private sealed class MemoryAttachment(string user, Attachment attachment) : StoredAttachment(attachment.Id, user)
    {
        private (Attachment Attachment, ReadOnlyMemory<byte>? Content) _now = (attachment, null);

        public override (Attachment Attachment, ReadOnlyMemory<byte>? Content)? Read() => _now;

        public override void SetContent(Attachment attachment, ReadOnlyMemory<byte> content)
        {
            _now = (attachment, content);
            Size = content.Length;
        }

        public override void Bind(Attachment attachment)
        {
            _now = (attachment, _now.Content);
            ThreadId = attachment.ThreadId;
        }

        public override void Delete() => _now = default;
    }
}
