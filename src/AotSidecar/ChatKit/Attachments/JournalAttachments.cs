using System.Text.Json;
using System.Text;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.Storage;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>
/// Uploaded files in a data directory, one journal each. Contents and previews are not kept in memory.
/// </summary>
internal sealed class JournalAttachments(DataDirectory directory, TimeProvider clock) : AttachmentArchive
{
    /// <summary>Uploads that no message used by then belong to an abandoned draft.</summary>
    private static readonly TimeSpan UnboundTime = TimeSpan.FromDays(7);

    private const string Extension = ".journal";

    public DataDirectory Directory => directory;

    public override int MaxCount => 10_000;

    public override long MaxTotalSize => 4L * 1024 * 1024 * 1024;

    public override long SizeOf(Attachment attachment, int contentLength) => contentLength;

    public override bool TryKeep(long bytes) => true;

    public string PathOf(string id) => Path.Combine(directory.Attachments, id + Extension);

    public override IReadOnlyList<StoredAttachment> Open()
    {
        var found = new List<StoredAttachment>();
        foreach (var path in System.IO.Directory.EnumerateFiles(directory.Attachments).ToArray())
        {
            if (path.EndsWith(".new", StringComparison.Ordinal))
            {
                Delete(path);
            }
            else if (path.EndsWith(Extension, StringComparison.Ordinal) && Look(path) is { } attachment)
            {
                found.Add(attachment);
            }
        }

        return found;
    }

    public override StoredAttachment Create(string user, Attachment attachment)
    {
        var owner = new AttachmentOwner(attachment.Id, user, clock.GetUtcNow().UtcDateTime);
        var stored = new JournalAttachment(this, owner, size: null, threadId: null);
        stored.Begin(attachment);
        return stored;
    }

    public void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            throw directory.Failed(e);
        }
    }

    /// <summary>Reads only the metadata: start-up must not read gigabytes.</summary>
    private JournalAttachment? Look(string path)
    {
        var id = Path.GetFileName(path)[..^Extension.Length];
        AttachmentOwner? owner;
        long? size;
        string? threadId;
        try
        {
            using var handle = PrivateFiles.Open(path, FileMode.Open);
            (owner, size, threadId) = Skim(handle);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e) || e is JsonException)
        {
            (owner, size, threadId) = (null, null, null);
        }

        if (owner?.Id != id)
        {
            directory.SetAside(path);
            return null;
        }

        if (threadId is null && clock.GetUtcNow().UtcDateTime - owner.CreatedAt > UnboundTime)
        {
            Delete(path);
            return null;
        }

        return new JournalAttachment(this, owner, size, threadId);
    }

    private static (AttachmentOwner? Owner, long? Size, string? ThreadId) Skim(SafeFileHandle handle)
    {
        AttachmentOwner? owner = null;
        long? size = null;
        string? threadId = null;
        using var records = new RecordWalk(handle);
        while (records.MoveNext())
        {
            switch (records.Kind)
            {
                case RecordKind.AttachmentOwner:
                    owner = JsonSerializer.Deserialize(records.ReadPayload(), JournalJson.Disk.AttachmentOwner);
                    break;
                case RecordKind.AttachmentContent:
                    size = records.Length;
                    break;
                case RecordKind.AttachmentBound:
                    threadId = Encoding.UTF8.GetString(records.ReadPayload());
                    break;
            }
        }

        return (owner, size, threadId);
    }

    private sealed class JournalAttachment : StoredAttachment
    {
        private readonly JournalAttachments _archive;
        private readonly AttachmentOwner _owner;
        private bool _hasContent;

        public JournalAttachment(JournalAttachments archive, AttachmentOwner owner, long? size, string? threadId)
            : base(owner.Id, owner.User)
        {
            (_archive, _owner) = (archive, owner);
            (Size, _hasContent, ThreadId) = (size ?? 0, size is not null, threadId);
        }

        public override bool HasContent => _hasContent;

        private string FilePath => _archive.PathOf(Id);

        public void Begin(Attachment attachment) => Write(attachment, content: null);

        public override Attachment? Read()
        {
            Attachment? attachment = null;
            var isWhole = TryRead((kind, payload) =>
            {
                if (kind == RecordKind.Attachment)
                {
                    attachment = JournalJson.Required(JsonSerializer.Deserialize(payload, JournalJson.Wire.Attachment));
                }
            });
            return attachment is null || !isWhole ? null : attachment with { ThreadId = ThreadId };
        }

        public override ReadOnlyMemory<byte>? ReadContent()
        {
            ReadOnlyMemory<byte>? content = null;
            return TryRead((kind, payload) => content = kind == RecordKind.AttachmentContent ? payload.ToArray() : content) ? content : null;
        }

        public override void SetContent(Attachment attachment, ReadOnlyMemory<byte> content, long size)
        {
            Write(attachment, content);
            (Size, _hasContent) = (size, true);
        }

        public override void Bind(Attachment attachment)
        {
            using var file = JournalFile.Open(_archive.Directory, FilePath, static (_, _) => { });
            file.Append(RecordKind.AttachmentBound, Encoding.UTF8.GetBytes(attachment.ThreadId!));
            ThreadId = attachment.ThreadId;
        }

        public override void Delete() => _archive.Delete(FilePath);

        private bool TryRead(Action<RecordKind, ReadOnlySpan<byte>> apply)
        {
            try
            {
                JournalFile.Open(_archive.Directory, FilePath, apply).Dispose();
                return true;
            }
            catch (StorageException e) when (e.Reason == StorageFailure.Unreadable)
            {
                // Set aside and reported: the file is no longer there.
                return false;
            }
        }

        /// <summary>Replaces the file, so that an upload is complete or absent.</summary>
        private void Write(Attachment attachment, ReadOnlyMemory<byte>? content)
        {
            var records = new List<ReadOnlyMemory<byte>>
            {
                JournalRecord.Frame(RecordKind.AttachmentOwner, JsonSerializer.SerializeToUtf8Bytes(_owner, JournalJson.Disk.AttachmentOwner)),
                JournalRecord.Frame(RecordKind.Attachment, JsonSerializer.SerializeToUtf8Bytes(attachment, JournalJson.Wire.Attachment)),
            };
            if (content is { } bytes)
            {
                records.Add(JournalRecord.Frame(RecordKind.AttachmentContent, bytes.Span));
            }

            try
            {
                PrivateFiles.Replace(FilePath, records);
            }
            catch (Exception e) when (PrivateFiles.IsStorageError(e))
            {
                throw _archive.Directory.Failed(e);
            }
        }
    }
}
