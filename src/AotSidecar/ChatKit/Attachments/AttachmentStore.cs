using System.Diagnostics.CodeAnalysis;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Uploaded files, each owned by a user, bounded in number and size.</summary>
internal sealed class AttachmentStore
{
    /// <summary>Of one file, in bytes: docs/contract.md#attachments.</summary>
    public const int MaxFileSize = 20 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly AttachmentArchive _archive;
    private readonly Dictionary<string, StoredAttachment> _entries = new(StringComparer.Ordinal);
    private long _total;

    /// <param name="archive">Its files of earlier runs are here from the start.</param>
    public AttachmentStore(AttachmentArchive archive)
    {
        _archive = archive;
        foreach (var stored in archive.Open())
        {
            _entries[stored.Id] = stored;
            _total += stored.Size;
        }
    }

    /// <summary>Registers a file whose bytes are still to come.</summary>
    /// <returns>False when there are as many as may be.</returns>
    public bool TryAdd(string user, Attachment attachment)
    {
        lock (_gate)
        {
            if (_entries.Count >= _archive.MaxCount)
            {
                return false;
            }

            _entries[attachment.Id] = _archive.Create(user, attachment);
            return true;
        }
    }

    public bool TryGet(string user, string id, [NotNullWhen(true)] out Attachment? attachment, out ReadOnlyMemory<byte>? content)
    {
        lock (_gate)
        {
            var found = _entries.TryGetValue(id, out var entry) && entry.User == user ? ReadUnsynchronized(entry) : null;
            (attachment, content) = (found?.Attachment, found?.Content);
            return attachment is not null;
        }
    }

    /// <summary>Takes the bytes of a registered file.</summary>
    /// <returns>False when there is no room for them.</returns>
    public bool TrySetContent(string id, Attachment attachment, ReadOnlyMemory<byte> content)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(id, out var entry))
            {
                return false;
            }

            var total = _total - entry.Size + content.Length;
            if (total > _archive.MaxTotalSize)
            {
                return false;
            }

            entry.SetContent(attachment, content);
            _total = total;
            return true;
        }
    }

    /// <summary>Binds a file to the thread whose message carries it.</summary>
    public void Bind(Attachment attachment)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(attachment.Id, out var entry) && entry.ThreadId != attachment.ThreadId)
            {
                entry.Bind(attachment);
            }
        }
    }

    public ReadOnlyMemory<byte>? ReadContent(string id)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(id, out var entry) ? ReadUnsynchronized(entry)?.Content : null;
        }
    }

    /// <summary>Deleting what is not there, or another user's, is no error and does nothing.</summary>
    public void Remove(string user, string id)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out var entry) && entry.User == user)
            {
                entry.Delete();
                ForgetUnsynchronized(entry);
            }
        }
    }

    /// <summary>A thread is gone, and its files with it.</summary>
    public void RemoveOfThread(string user, string threadId)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values.Where(entry => entry.User == user && entry.ThreadId == threadId).ToArray())
            {
                entry.Delete();
                ForgetUnsynchronized(entry);
            }
        }
    }

    private (Attachment Attachment, ReadOnlyMemory<byte>? Content)? ReadUnsynchronized(StoredAttachment entry)
    {
        var read = entry.Read();
        if (read is null)
        {
            ForgetUnsynchronized(entry);
        }

        return read;
    }

    private void ForgetUnsynchronized(StoredAttachment entry)
    {
        _total -= entry.Size;
        _entries.Remove(entry.Id);
    }
}
