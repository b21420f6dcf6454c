using System.Text;
using System.Text.Json;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads.Journal;

/// <summary>
/// Owner and creation time of every thread, in one journal, so that opening ten thousand threads reads one file. It
/// holds nothing that can change: title, status and metadata are only in the threads' journals, so a stale or damaged
/// index cannot bring old values back. If it cannot be read or written it is deleted and rebuilt from the journals.
/// </summary>
internal sealed class ThreadIndex(DataDirectory directory)
{
    /// <summary>Below this the file is small anyway.</summary>
    private const int MinEntries = 256;

    private readonly Lock _gate = new();
    private JournalFile? _file;

    /// <returns>Null if it is missing or damaged.</returns>
    public Dictionary<string, ThreadOwner>? Open()
    {
        if (!File.Exists(directory.Index))
        {
            return null;
        }

        var entries = new Dictionary<string, ThreadOwner>(StringComparer.Ordinal);
        var records = 0;
        try
        {
            _file = JournalFile.Open(directory, directory.Index, (kind, payload) =>
            {
                records++;
                Apply(entries, kind, payload);
            });
        }
        catch (StorageException)
        {
            return null;
        }

        if (records > (2 * entries.Count) + MinEntries)
        {
            Replace(entries.Values);
        }

        return entries;
    }

    /// <summary>Writes the index anew.</summary>
    public void Replace(IEnumerable<ThreadOwner> entries)
    {
        lock (_gate)
        {
            try
            {
                _file?.Dispose();
                _file = null;
                PrivateFiles.Replace(
                    directory.Index,
                    entries.Select(static entry => JournalRecord.Frame(RecordKind.IndexEntry, Write(entry)))
                        .Prepend(JournalRecord.Frame(RecordKind.Index, [])));
                _file = JournalFile.Open(directory, directory.Index, static (_, _) => { });
            }
            catch (Exception e) when (e is StorageException || PrivateFiles.IsStorageError(e))
            {
                DropUnsynchronized();
            }
        }
    }

    public void Put(ThreadOwner owner) => Append(RecordKind.IndexEntry, Write(owner));

    public void Remove(string threadId) => Append(RecordKind.IndexEntryRemoved, Encoding.UTF8.GetBytes(threadId));

    public void Close()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Append(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            try
            {
                _file?.Append(kind, payload);
            }
            catch (StorageException)
            {
                DropUnsynchronized();
            }
        }
    }

    /// <summary>A stale index would be wrong; without one the journals are read.</summary>
    private void DropUnsynchronized()
    {
        _file?.Dispose();
        _file = null;
        try
        {
            File.Delete(directory.Index);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            _ = directory.Failed(e);
        }
    }

    private static byte[] Write(ThreadOwner owner) => JsonSerializer.SerializeToUtf8Bytes(owner, JournalJson.Disk.ThreadOwner);

    private static void Apply(Dictionary<string, ThreadOwner> entries, RecordKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case RecordKind.Index:
                break;
            case RecordKind.IndexEntry:
                var entry = JournalJson.Required(JsonSerializer.Deserialize(payload, JournalJson.Disk.ThreadOwner));
                entries[entry.Id] = entry;
                break;
            case RecordKind.IndexEntryRemoved:
                entries.Remove(Encoding.UTF8.GetString(payload));
                break;
            default:
                throw new InvalidDataException();
        }
    }
}
