using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace AotSidecar.NativeTests.Storage;

/// <summary>The format of a thread's journal, written a second time from its description: what people have on their disks must stay readable.</summary>
internal static class JournalWriter
{
    public const int HeaderSize = 12;

    private static readonly DateTime Begin = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static string Id(int thread) => string.Create(CultureInfo.InvariantCulture, $"thr_{thread:x32}");

    public static async Task WriteAsync(string folder, int thread, int items)
    {
        var id = Id(thread);
        var created = Begin.AddMinutes(thread).ToString("O", CultureInfo.InvariantCulture);
        using var journal = new MemoryStream();
        Append(journal, 1, $$$$"""{"version":1,"id":"{{{{id}}}}","user":"local","created_at":"{{{{created}}}}"}""");
        Append(journal, 2, $$$$"""{"title":"Conversation number {{{{thread}}}}","status":{"type":"active"},"metadata":{}}""");
        for (var item = 0; item < items; item++)
        {
            Append(journal, 3, item % 2 == 0
                ? $$$$"""{"item":{"type":"user_message","content":[{"type":"input_text","text":"question {{{{item}}}} of {{{{thread}}}}, of the usual length of a line"}],"attachments":[],"inference_options":{},"id":"msg_{{{{thread}}}}_{{{{item}}}}","thread_id":"{{{{id}}}}","created_at":"{{{{created}}}}"}}"""
                : $$$$"""{"item":{"type":"assistant_message","content":[{"annotations":[],"text":"answer {{{{item}}}} of {{{{thread}}}}: {{{{Filler}}}}","type":"output_text"}],"id":"msg_{{{{thread}}}}_{{{{item}}}}","thread_id":"{{{{id}}}}","created_at":"{{{{created}}}}"}}""");
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, id + ".journal"), journal.ToArray());
    }

    private static string Filler { get; } = string.Concat(Enumerable.Repeat("some words of an answer, ", 12));

    /// <summary>Where each record of a journal begins.</summary>
    public static List<int> Records(ReadOnlySpan<byte> journal)
    {
        var begins = new List<int>();
        for (var at = 0; at < journal.Length; at += HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(journal[at..]))
        {
            begins.Add(at);
        }

        return begins;
    }

    public static byte[] Record(byte kind, string json)
    {
        using var journal = new MemoryStream();
        Append(journal, kind, json);
        return journal.ToArray();
    }

    private static void Append(MemoryStream journal, byte kind, string json)
    {
        var record = new byte[HeaderSize + Encoding.UTF8.GetByteCount(json)];
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - HeaderSize);
        record[4] = kind;
        Encoding.UTF8.GetBytes(json, record.AsSpan(HeaderSize));
        var crc = ~0u;
        foreach (var one in record.AsSpan(0, 8))
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        foreach (var one in record.AsSpan(HeaderSize))
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), ~crc);
        journal.Write(record);
    }
}
