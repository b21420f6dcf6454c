using CsCheck;

namespace AotSidecar.Tests;

/// <summary>Bytes that were valid once: the way into a parser's deeper branches, where plain noise seldom gets.</summary>
internal static class Mutations
{
    /// <summary>What parsers of JSON text trip over: half an escape, half a character, numbers beyond every type, one bracket too many.</summary>
    private static readonly byte[][] Splinters =
    [
        "\\"u8.ToArray(), "\\u0000"u8.ToArray(), "\\ud800"u8.ToArray(), "\\u00e"u8.ToArray(), "\""u8.ToArray(), "{"u8.ToArray(),
        "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), ","u8.ToArray(), ":"u8.ToArray(), "null"u8.ToArray(), "1e999"u8.ToArray(),
        "-0"u8.ToArray(), "99999999999999999999"u8.ToArray(), "\r\n"u8.ToArray(), "/**/"u8.ToArray(), [0], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf],
    ];

    /// <summary>The bytes after one to four changes: a piece cut out, said twice, or replaced by a splinter or by noise.</summary>
    public static Gen<byte[]> Of(byte[] valid) =>
        Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[0, 12], Replacement).Array[1, 4].Select(changes =>
            changes.Aggregate(valid, static (bytes, change) => Change(bytes, change.Item1, change.Item2, change.Item3, change.Item4)));

    private static Gen<byte[]> Replacement =>
        Gen.OneOf(Gen.Int[0, Splinters.Length - 1].Select(static at => Splinters[at]), Gen.Byte.Array[0, 4]);

    private static byte[] Change(byte[] bytes, int kind, double where, int length, byte[] replacement)
    {
        var start = (int)(where * bytes.Length);
        var end = Math.Min(bytes.Length, start + length);
        return kind switch
        {
            0 => [.. bytes[..start], .. bytes[end..]],
            1 => [.. bytes[..end], .. bytes[start..]],
            2 => [.. bytes[..start], .. replacement, .. bytes[end..]],
            _ => [.. bytes[..start], .. replacement, .. bytes[start..]],
        };
    }
}
