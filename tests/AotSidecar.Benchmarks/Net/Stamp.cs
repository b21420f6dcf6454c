using System.Buffers.Text;

namespace AotSidecar.Benchmarks.Net;

/// <summary>A send time inside a delta's text: <c>@</c> and 14 hexadecimal digits, enough for two years of uptime in nanoseconds.</summary>
internal static class Stamp
{
    public const int Length = 15;
    private const int Digits = Length - 1;

    public static void Write(Span<byte> target, long nanoseconds)
    {
        target[0] = (byte)'@';
        Utf8Formatter.TryFormat(nanoseconds, target.Slice(1, Digits), out _, new System.Buffers.StandardFormat('x', Digits));
    }

    public static long Read(ReadOnlySpan<byte> stamp) =>
        Utf8Parser.TryParse(stamp.Slice(1, Digits), out long nanoseconds, out var used, 'x') && used == Digits
            ? nanoseconds
            : throw new InvalidDataException("A delta arrived without its send time: the text was changed on its way.");
}
