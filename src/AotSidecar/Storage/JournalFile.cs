using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace AotSidecar.Storage;

/// <summary>
/// A file of records that only grows. A record that has been appended is in the system's memory, so it outlives this
/// process however it ends; it is not forced onto the disk each time. A record that cannot be written whole is taken back.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    /// <summary>What one journal may hold, so that it can be read in one piece.</summary>
    public const int MaxLength = 256 * 1024 * 1024;

    /// <summary>The pool would keep larger ones, and round them up to twice their size.</summary>
    private const int MaxPooled = 256 * 1024;

    private readonly DataDirectory _directory;
    private readonly SafeFileHandle _handle;
    private bool _isBroken;

    private JournalFile(DataDirectory directory, SafeFileHandle handle, int length) =>
        (_directory, _handle, Length) = (directory, handle, length);

    public int Length { get; private set; }

    /// <exception cref="StorageException">It cannot be made.</exception>
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

    /// <summary>Reads a journal and opens it for more; a bad tail is cut.</summary>
    /// <param name="apply">Gets each record, in their order. What it throws means that the journal is damaged.</param>
    /// <exception cref="StorageException">It cannot be read; when damaged, it has been set aside.</exception>
    public static JournalFile Open(DataDirectory directory, string path, Action<RecordKind, ReadOnlySpan<byte>> apply)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = PrivateFiles.Open(path, FileMode.Open);
            if (RandomAccess.GetLength(handle) > MaxLength + JournalRecord.MaxPayload)
            {
                throw new InvalidDataException();
            }

            // One record at a time: a journal may be larger than the memory there is for it.
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
            handle?.Dispose();
            throw directory.Failed(e);
        }
        catch (Exception e) when (e is InvalidDataException or System.Text.Json.JsonException or NotSupportedException)
        {
            handle?.Dispose();
            directory.SetAside(path);
            throw new StorageException(StorageFailure.Unreadable);
        }
    }

    /// <exception cref="StorageException">The record is not there; the journal is as it was.</exception>
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

    /// <summary>Half a record may still be there from before: nothing may be written behind it.</summary>
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
            // Tried again before the next record; until then the half record is a tail like any other.
        }
    }
}
