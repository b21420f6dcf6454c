using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace AotSidecar.Crypto;

/// <summary>
/// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) without a native library. On Linux the framework's own load
/// OpenSSL, which costs 2 of the 13 ms of a start and 4 MiB of every idle process, for a few short hashes; TLS still
/// loads it when a provider is first called. Runs in constant time for a given length: no branch and no index depends
/// on the content. Tested against the framework's implementation and the published vectors.
/// </summary>
internal static class Sha256
{
    public const int Size = 32;

    private const int BlockSize = 64;
    private const int LengthSize = sizeof(ulong);

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2).
    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        var digest = new byte[Size];
        HashData(data, digest);
        return digest;
    }

    /// <param name="digest">At least <see cref="Size"/> bytes.</param>
    public static void HashData(ReadOnlySpan<byte> data, Span<byte> digest) => HashData([], data, digest);

    /// <param name="mac">At least <see cref="Size"/> bytes.</param>
    public static void Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> mac)
    {
        Span<byte> pad = stackalloc byte[BlockSize];
        Span<byte> inner = stackalloc byte[Size];
        pad.Clear();
        if (key.Length > BlockSize)
        {
            HashData(key, pad);
        }
        else
        {
            key.CopyTo(pad);
        }

        Mask(pad, 0x36);
        HashData(pad, data, inner);
        Mask(pad, 0x36 ^ 0x5c);
        HashData(pad, inner, mac);
        CryptographicOperations.ZeroMemory(pad);
    }

    private static void Mask(Span<byte> pad, byte value)
    {
        foreach (ref var one in pad)
        {
            one ^= value;
        }
    }

    /// <param name="prefix">Empty or one whole block.</param>
    private static void HashData(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, Span<byte> digest)
    {
        // The fractional parts of the square roots of the first eight primes (section 5.3.3).
        Span<uint> state =
        [
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        ];
        Span<uint> schedule = stackalloc uint[BlockSize];
        var length = (ulong)(prefix.Length + data.Length) * 8;
        if (!prefix.IsEmpty)
        {
            Compress(state, prefix, schedule);
        }

        for (; data.Length >= BlockSize; data = data[BlockSize..])
        {
            Compress(state, data, schedule);
        }

        // One bit, zeroes, and the message's length in bits: one more block, or two (section 5.1.1).
        Span<byte> last = stackalloc byte[2 * BlockSize];
        last.Clear();
        data.CopyTo(last);
        last[data.Length] = 0x80;
        var blocks = data.Length + 1 + LengthSize <= BlockSize ? 1 : 2;
        BinaryPrimitives.WriteUInt64BigEndian(last[((blocks * BlockSize) - LengthSize)..], length);
        Compress(state, last, schedule);
        if (blocks == 2)
        {
            Compress(state, last[BlockSize..], schedule);
        }

        for (var i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(i * sizeof(uint))..], state[i]);
        }

        CryptographicOperations.ZeroMemory(last);
        schedule.Clear();
    }

    [SkipLocalsInit]
    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block, Span<uint> schedule)
    {
        for (var i = 0; i < 16; i++)
        {
            schedule[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..]);
        }

        for (var i = 16; i < schedule.Length; i++)
        {
            var (early, late) = (schedule[i - 15], schedule[i - 2]);
            var s0 = BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ (early >> 3);
            var s1 = BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ (late >> 10);
            schedule[i] = schedule[i - 16] + s0 + schedule[i - 7] + s1;
        }

        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var i = 0; i < schedule.Length; i++)
        {
            var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var t1 = h + s1 + ((e & f) ^ (~e & g)) + RoundConstants[i] + schedule[i];
            var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            var t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
