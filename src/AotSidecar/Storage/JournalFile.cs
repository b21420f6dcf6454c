using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>
/// An append-only file of records. An appended record is in the system's cache, so it survives this process, but it is
/// not flushed to the disk each time. A partial write is truncated.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    /// <summary>Bound in bytes: a journal is read in one piece.</summary>
    public const int MaxLength = 256 * 1024 * 1024;

    /// <summary>The pool would keep larger buffers, and round them up to twice their size.</summary>
    private const int MaxPooled = 256 * 1024;

    private readonly DataDirectory _directory;
    private readonly SafeFileHandle _handle;
    private bool _isBroken;

    private JournalFile(DataDirectory directory, SafeFileHandle handle, int length) =>
        (_directory, _handle, Length) = (directory, handle, length);

    public int Length { get; private set; }

    /// <exception cref="StorageException">It cannot be created.</exception>
    public static JournalFile Create(DataDirectory directory, string path)
    {
        try
        {
            return new JournalFile(directory, PrivateFiles.Open(path, FileMode.CreateNew), 0);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            throw directory.Failed(e);
        }
    }

    /// <summary>Reads a journal and opens it for appending; a bad tail is cut off.</summary>
    /// <param name="apply">Called for each record in order. Throwing means that the journal is damaged.</param>
    /// <exception cref="StorageException">It cannot be read; when damaged, it has been set aside.</exception>
    public static JournalFile Open(DataDirectory directory, string path, Action<RecordKind, ReadOnlySpan<byte>> apply)
    {
        SafeFileHandle handle;
        try
        {
            handle = PrivateFiles.Open(path, FileMode.Open);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            throw directory.Failed(e);
        }

        try
        {
            if (RandomAccess.GetLength(handle) > MaxLength + JournalRecord.MaxPayload)
            {
                throw new InvalidDataException();
            }

            // One record at a time: a journal may be larger than the memory budget.
            using var records = new RecordWalk(handle);
            while (records.TryRead(out var payload))
            {
                apply(records.Kind, payload);
            }

            if (records.Position == 0)
            {
                throw new InvalidDataException();
            }

            if (records.HasTail)
            {
                var tail = records.TailLength <= JournalRecord.HeaderSize + JournalRecord.MaxPayload ? records.ReadTail() : throw new InvalidDataException();
                if (JournalTail.IsDamage(tail))
                {
                    throw new InvalidDataException();
                }

                directory.KeepTail(path, tail);
                RandomAccess.SetLength(handle, records.Position);
            }

            return new JournalFile(directory, handle, (int)records.Position);
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            handle.Dispose();
            throw directory.Failed(e);
        }
        catch (Exception e) when (e is InvalidDataException or System.Text.Json.JsonException or NotSupportedException)
        {
            handle.Dispose();
            directory.SetAside(path);
            throw new StorageException(StorageFailure.Unreadable);
        }
    }

    /// <exception cref="StorageException">The record was not written; the journal is unchanged.</exception>
    public void Append(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var size = JournalRecord.HeaderSize + payload.Length;
        if (payload.Length > JournalRecord.MaxPayload || size > MaxLength - Length)
        {
            throw new StorageException(StorageFailure.TooLarge);
        }

        var record = size > MaxPooled ? GC.AllocateUninitializedArray<byte>(size) : ArrayPool<byte>.Shared.Rent(size);
        try
        {
            JournalRecord.Frame(kind, payload, record);
            TakeBackBroken();
            RandomAccess.Write(_handle, record.AsSpan(0, size), Length);
            Length += size;
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            _isBroken = true;
            var failed = _directory.Failed(e);
            TryTakeBack();
            throw failed;
        }
        finally
        {
            if (size <= MaxPooled)
            {
                ArrayPool<byte>.Shared.Return(record);
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Removes a partial record of an earlier failure before anything is appended.</summary>
    private void TakeBackBroken()
    {
        if (_isBroken)
        {
            RandomAccess.SetLength(_handle, Length);
            _isBroken = false;
        }
    }

    private void TryTakeBack()
    {
        try
        {
            TakeBackBroken();
        }
        catch (Exception e) when (PrivateFiles.IsStorageError(e))
        {
            // Retried before the next record; until then the partial record is an ordinary bad tail.
        }
    }
}
