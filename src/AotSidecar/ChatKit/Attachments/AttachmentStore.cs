using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Uploaded files, each owned by a user, bounded in number and size for each user and for all.</summary>
internal sealed class AttachmentStore
{
    /// <summary>One file, in bytes.</summary>
    public const int MaxFileSize = 20 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly AttachmentArchive _archive;
    private readonly Dictionary<string, StoredAttachment> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Share> _shares = new(StringComparer.Ordinal);
    private long _total;

    /// <param name="archive">Its files are loaded here.</param>
    public AttachmentStore(AttachmentArchive archive)
    {
        _archive = archive;
        foreach (var stored in archive.Open())
        {
            AddUnsynchronized(stored);
        }
    }

    /// <summary>Registers a file whose bytes will be uploaded.</summary>
    /// <returns>False at the limit.</returns>
    public bool TryAdd(string user, Attachment attachment)
    {
        lock (_gate)
        {
            return TryAddUnsynchronized(user, attachment);
        }
    }

    public bool TryGet(string user, string id, [NotNullWhen(true)] out Attachment? attachment, out bool hasContent)
    {
        lock (_gate)
        {
            var entry = FindUnsynchronized(user, id);
            (attachment, hasContent) = (entry is null ? null : ReadUnsynchronized(entry), entry?.HasContent == true);
            return attachment is not null;
        }
    }

    /// <summary>Stores the bytes of a registered file.</summary>
    /// <returns>False when the limits leave no space for them.</returns>
    public bool TrySetContent(string id, Attachment attachment, ReadOnlyMemory<byte> content)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(id, out var entry) && TrySetContentUnsynchronized(entry, attachment, content);
        }
    }

    /// <summary>
    /// Puts a file into the thread whose message carries it. One that another thread has already is copied for this
    /// one: <paramref name="attachment"/> then has an id of its own.
    /// </summary>
    /// <param name="from">The id of the file as the page knows it.</param>
    public TakeResult Take(string user, string from, Attachment attachment)
    {
        lock (_gate)
        {
            if (FindUnsynchronized(user, from) is not { } entry)
            {
                return TakeResult.Gone;
            }

            if (from != attachment.Id)
            {
                return CopyUnsynchronized(entry, attachment);
            }

            if (entry.ThreadId is not null && entry.ThreadId != attachment.ThreadId)
            {
                return TakeResult.TakenByAnother;
            }

            if (entry.ThreadId is null)
            {
                entry.Bind(attachment);
            }

            return TakeResult.Taken;
        }
    }

    public ReadOnlyMemory<byte>? ReadContent(string id)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(id, out var entry) ? entry.ReadContent() : null;
        }
    }

    /// <summary>Length of a file's bytes; 0 if it does not exist.</summary>
    public long SizeOf(string id)
    {
        lock (_gate)
        {
            return _entries.GetValueOrDefault(id)?.Size ?? 0;
        }
    }

    /// <summary>Does nothing for an unknown file or another user's.</summary>
    public void Remove(string user, string id)
    {
        lock (_gate)
        {
            if (FindUnsynchronized(user, id) is { } entry)
            {
                entry.Delete();
                ForgetUnsynchronized(entry);
            }
        }
    }

    /// <summary>Deletes a thread's files.</summary>
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

    private StoredAttachment? FindUnsynchronized(string user, string id) =>
        _entries.TryGetValue(id, out var entry) && entry.User == user ? entry : null;

    private bool TryAddUnsynchronized(string user, Attachment attachment)
    {
        if (_entries.Count >= _archive.MaxCount || ShareOf(user).Count >= _archive.MaxCountOfUser)
        {
            return false;
        }

        AddUnsynchronized(_archive.Create(user, attachment));
        return true;
    }

    private bool TrySetContentUnsynchronized(StoredAttachment entry, Attachment attachment, ReadOnlyMemory<byte> content)
    {
        var size = _archive.SizeOf(attachment, content.Length);
        var more = size - entry.Size;
        ref var share = ref ShareOf(entry.User);
        if (_total + more > _archive.MaxTotalSize || share.Size + more > _archive.MaxSizeOfUser || !_archive.TryKeep(more))
        {
            return false;
        }

        try
        {
            entry.SetContent(attachment, content, size);
        }
        catch
        {
            _archive.TryKeep(-more);
            throw;
        }

        _total += more;
        share.Size += more;
        return true;
    }

    private TakeResult CopyUnsynchronized(StoredAttachment entry, Attachment attachment)
    {
        if (entry.ReadContent() is not { } content)
        {
            return TakeResult.Gone;
        }

        if (!TryAddUnsynchronized(entry.User, attachment))
        {
            return TakeResult.Full;
        }

        var copy = _entries[attachment.Id];
        try
        {
            if (TrySetContentUnsynchronized(copy, attachment, content))
            {
                copy.Bind(attachment);
                return TakeResult.Taken;
            }
        }
        catch
        {
            ForgetUnsynchronized(copy);
            throw;
        }

        copy.Delete();
        ForgetUnsynchronized(copy);
        return TakeResult.Full;
    }

    private Attachment? ReadUnsynchronized(StoredAttachment entry)
    {
        var read = entry.Read();
        if (read is null)
        {
            ForgetUnsynchronized(entry);
        }

        return read;
    }

    private void AddUnsynchronized(StoredAttachment entry)
    {
        _entries[entry.Id] = entry;
        _total += entry.Size;
        ref var share = ref ShareOf(entry.User);
        share = new Share(share.Count + 1, share.Size + entry.Size);
    }

    private void ForgetUnsynchronized(StoredAttachment entry)
    {
        _entries.Remove(entry.Id);
        _total -= entry.Size;
        ref var share = ref ShareOf(entry.User);
        share = new Share(share.Count - 1, share.Size - entry.Size);
        _archive.TryKeep(-entry.Size);
        if (share.Count == 0)
        {
            _shares.Remove(entry.User);
        }
    }

    private ref Share ShareOf(string user) => ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, user, out _);

    private record struct Share(int Count, long Size);
}
