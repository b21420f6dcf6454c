using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace AotSidecar.Sessions;

/// <summary>
/// A session's public name: the first half of its token's SHA-256. Used in URLs, in logs and as the store's key. It
/// reveals nothing about the token, which has 256 random bits.
/// </summary>
internal readonly struct SessionId : IEquatable<SessionId>
{
    public const int Size = 16;

    private const string Prefix = "cksess_";

    private readonly ulong _high;
    private readonly ulong _low;

    public SessionId(ReadOnlySpan<byte> digest)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _low = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
    }

    /// <summary>The first 8 hex digits: enough to tell sessions apart in a log.</summary>
    public string Short => (_high >> 32).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out SessionId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        id = default;
        if (text is null || text.Length != Prefix.Length + (Size * 2) || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.AsSpan(Prefix.Length).ContainsAnyInRange('A', 'F')
            || Convert.FromHexString(text.AsSpan(Prefix.Length), bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        id = new SessionId(bytes);
        return true;
    }

    public bool Equals(SessionId other) => _high == other._high && _low == other._low;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is SessionId other && Equals(other);

    public override int GetHashCode() => (int)_low;

    public override string ToString() => $"{Prefix}{_high:x16}{_low:x16}";
}
