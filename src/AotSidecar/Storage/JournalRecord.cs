using System.Buffers.Binary;
using System.Numerics;

namespace AotSidecar.Storage;

/// <summary>Kinds of records. The numbers are in users' files: never reuse one.</summary>
internal enum RecordKind
{
    /// <summary>The first of a thread's journal: whose thread it is.</summary>
    Thread = 1,
    Head = 2,
    Item = 3,
    ItemRemoved = 4,
    ItemsRemovedAfter = 5,

    /// <summary>The first of the index.</summary>
    Index = 16,
    IndexEntry = 17,
    IndexEntryRemoved = 18,

    /// <summary>The first of an attachment's journal.</summary>
    AttachmentOwner = 32,
    Attachment = 33,
    AttachmentContent = 34,
    AttachmentBound = 35,
}

/// <summary>
/// A record on disk: the payload's length (4 bytes, little endian), the kind (1), three zero bytes, a CRC-32C of these
/// eight bytes and the payload (4), the payload. The checksum covers the length, so a record is exactly what was
/// written or invalid. The zero bytes, which JSON never contains, make it cheap to rule out an offset.
/// </summary>
internal static class JournalRecord
{
    public const int HeaderSize = 12;

    private const int ChecksumAt = 8;

    /// <summary>Larger than any attachment or item.</summary>
    public const int MaxPayload = 32 * 1024 * 1024;

    public static void Frame(RecordKind kind, ReadOnlySpan<byte> payload, Span<byte> record)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], (byte)kind);
        payload.CopyTo(record[HeaderSize..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[ChecksumAt..], Checksum(record[..(HeaderSize + payload.Length)]));
    }

    public static ReadOnlyMemory<byte> Frame(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var record = new byte[HeaderSize + payload.Length];
        Frame(kind, payload, record);
        return record;
    }

    /// <summary>Whether a whole and undamaged record begins here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordKind kind, out ReadOnlySpan<byte> payload)
    {
        payload = [];
        if (!TryReadHeader(bytes, out kind, out var length) || length > bytes.Length - HeaderSize)
        {
            return false;
        }

        var record = bytes[..(HeaderSize + length)];
        payload = record[HeaderSize..];
        return BinaryPrimitives.ReadUInt32LittleEndian(record[ChecksumAt..]) == Checksum(record);
    }

    /// <summary>Kind and length, without checking the checksum.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out RecordKind kind, out int length)
    {
        (kind, length) = (default, 0);
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        kind = (RecordKind)bytes[4];
        return kind != default && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0 && length is >= 0 and <= MaxPayload;
    }

    private static uint Checksum(ReadOnlySpan<byte> record)
    {
        var crc = Crc(~0u, record[..ChecksumAt]);
        return ~Crc(crc, record[HeaderSize..]);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}
