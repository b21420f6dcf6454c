using System.Diagnostics.CodeAnalysis;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Uploaded files, each owned by a user, in memory and bounded in number and size.</summary>
internal sealed class AttachmentStore
{
    /// <summary>One file; README names it.</summary>
    public const int MaxFileSize = 20 * 1024 * 1024;

    /// <summary>All files of the process.</summary>
    private const long MaxTotalSize = 256L * 1024 * 1024;
    private const int MaxCount = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Registers a file whose bytes are still to come.</summary>
    /// <returns>False when there are as many as may be.</returns>
    public bool TryAdd(string user, Attachment attachment)
    {
        lock (_gate)
        {
            if (_entries.Count >= MaxCount)
            {
                return false;
            }

            _entries[attachment.Id] = new Entry(user, attachment);
            return true;
        }
    }

    public bool TryGet(string user, string id, [NotNullWhen(true)] out Attachment? attachment, out ReadOnlyMemory<byte>? content)
    {
        lock (_gate)
        {
            var entry = _entries.TryGetValue(id, out var found) && found.User == user ? found : null;
            (attachment, content) = (entry?.Attachment, entry?.Content);
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

            var total = _total - (entry.Content?.Length ?? 0) + content.Length;
            if (total > MaxTotalSize)
            {
                return false;
            }

            _total = total;
            _entries[id] = entry with { Attachment = attachment, Content = content };
            return true;
        }
    }

    /// <summary>Binds a file to the thread whose message carries it.</summary>
    public void Bind(Attachment attachment)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(attachment.Id, out var entry))
            {
                _entries[attachment.Id] = entry with { Attachment = attachment };
            }
        }
    }

    public ReadOnlyMemory<byte>? ReadContent(string id)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(id, out var entry) ? entry.Content : null;
        }
    }

    /// <summary>Deleting what is not there, or another user's, is no error and does nothing.</summary>
    public void Remove(string user, string id)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out var entry) && entry.User == user)
            {
                _total -= entry.Content?.Length ?? 0;
                _entries.Remove(id);
            }
        }
    }

    /// <summary>A thread is gone, and its files with it.</summary>
    public void RemoveOfThread(string user, string threadId)
    {
        lock (_gate)
        {
            foreach (var (id, entry) in _entries.Where(pair => pair.Value.User == user && pair.Value.Attachment.ThreadId == threadId).ToArray())
            {
                _total -= entry.Content?.Length ?? 0;
                _entries.Remove(id);
            }
        }
    }

    private sealed record Entry(string User, Attachment Attachment)
    {
        public ReadOnlyMemory<byte>? Content { get; init; }
    }
}
