using System.Security.Cryptography;
using System.Text;
using AotSidecar.Crypto;
using CsCheck;

namespace AotSidecar.Tests.Crypto;

public sealed class Sha256Tests
{
    /// <summary>NIST's example vectors for SHA-256.</summary>
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void HashData_OfAPublishedVector_IsItsDigest(string text, string digest) =>
        Assert.Equal(digest, Convert.ToHexStringLower(Sha256.HashData(Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void HashData_OfAMillionLetters_IsThePublishedDigest() => Assert.Equal(
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        Convert.ToHexStringLower(Sha256.HashData(Enumerable.Repeat((byte)'a', 1_000_000).ToArray())));

    /// <summary>RFC 4231, test cases 1, 2, 4 and 6: keys shorter and longer than a block.</summary>
    [Theory]
    [InlineData("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [InlineData("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData("0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")]
    public void Hmac_OfAPublishedVector_IsItsCode(string key, string data, string expected)
    {
        Span<byte> mac = stackalloc byte[Sha256.Size];

        Sha256.Hmac(Convert.FromHexString(key), Convert.FromHexString(data), mac);

        Assert.Equal(expected, Convert.ToHexStringLower(mac));
    }

    /// <summary>Every length around the padding's edges, and a few blocks more.</summary>
    [Fact]
    public void HashData_OfEveryLength_IsWhatTheFrameworkSays()
    {
        var bytes = new byte[300];
        RandomNumberGenerator.Fill(bytes);

        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), Sha256.HashData(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Hmac_OfAnything_IsWhatTheFrameworkSays() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 400]).Sample((key, data) =>
    {
        Span<byte> mac = stackalloc byte[Sha256.Size];

        Sha256.Hmac(key, data, mac);

        Assert.Equal(HMACSHA256.HashData(key, data), mac);
    });
}
