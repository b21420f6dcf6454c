using AotSidecar.ChatKit.Protocol;
using AotSidecar.Http;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Storage of uploaded files, with its limits.</summary>
internal abstract class AttachmentArchive
{
    public abstract int MaxCount { get; }

    /// <summary>All files together, in bytes.</summary>
    public abstract long MaxTotalSize { get; }

    /// <summary>One user's share, so that one user cannot use up everybody's space.</summary>
    public int MaxCountOfUser => MaxCount / 2;

    /// <summary>In bytes.</summary>
    public long MaxSizeOfUser => MaxTotalSize / 2;

    /// <summary>In memory, without <c>--data-dir</c>.</summary>
    public static AttachmentArchive InMemory(MemoryBudget budget) => new MemoryArchive(budget);

    /// <summary>Stored files.</summary>
    public abstract IReadOnlyList<StoredAttachment> Open();

    public abstract StoredAttachment Create(string user, Attachment attachment);

    /// <summary>What a file counts against the limits, in bytes.</summary>
    public abstract long SizeOf(Attachment attachment, int contentLength);

    /// <summary>Reserves memory; a negative number releases it.</summary>
    public abstract bool TryKeep(long bytes);

    private sealed class MemoryArchive(MemoryBudget budget) : AttachmentArchive
    {
        public override int MaxCount => 1000;

        public override long MaxTotalSize => 44L * 1024 * 1024;

        public override IReadOnlyList<StoredAttachment> Open() => [];

        public override StoredAttachment Create(string user, Attachment attachment) => new MemoryAttachment(user, attachment);

        public override long SizeOf(Attachment attachment, int contentLength) =>
            contentLength + (attachment is ImageAttachment image ? 2L * image.PreviewUrl.Length : 0);

        public override bool TryKeep(long bytes) => budget.TryKeep(bytes);
    }

    private sealed class MemoryAttachment(string user, Attachment attachment) : StoredAttachment(attachment.Id, user)
    {
        private Attachment? _attachment = attachment;
        private ReadOnlyMemory<byte>? _content;

        public override bool HasContent => _content is not null;

        public override Attachment? Read() => _attachment;

        public override ReadOnlyMemory<byte>? ReadContent() => _content;

        public override void SetContent(Attachment attachment, ReadOnlyMemory<byte> content, long size) =>
            (_attachment, _content, Size) = (attachment, content, size);

        public override void Bind(Attachment attachment) => (_attachment, ThreadId) = (attachment, attachment.ThreadId);

        public override void Delete() => (_attachment, _content) = (null, null);
    }
}
