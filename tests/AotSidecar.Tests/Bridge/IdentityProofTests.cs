using System.Security.Cryptography;
using System.Text;
using AotSidecar.Bridge;

namespace AotSidecar.Tests.Bridge;

public sealed class IdentityProofTests
{
    private static readonly byte[] Secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"u8.ToArray();

    [Fact]
    public void Proofs_AreTheContractsHmac()
    {
        Assert.Equal(Expected("aotsidecar/1 host S N"), IdentityProof.OfHost(Secret, "S", "N"));
        Assert.Equal(Expected("aotsidecar/1 sidecar N S"), IdentityProof.OfSidecar(Secret, "N", "S"));
    }

    [Fact]
    public void Proofs_OfOneSide_AreNoneOfTheOther() =>
        Assert.NotEqual(IdentityProof.OfHost(Secret, "A", "A"), IdentityProof.OfSidecar(Secret, "A", "A"));

    [Fact]
    public void CreateNonce_IsANewNonceEachTime()
    {
        var (one, two) = (IdentityProof.CreateNonce(), IdentityProof.CreateNonce());

        Assert.True(IdentityProof.IsNonce(one));
        Assert.NotEqual(one, two);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64url !!")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void IsNonce_OfAnythingElse_IsFalse(string? text) => Assert.False(IdentityProof.IsNonce(text));

    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abd", false)]
    [InlineData("abc", "ab", false)]
    [InlineData("abc", null, false)]
    public void Equal_ComparesWhole(string expected, string? given, bool equal) => Assert.Equal(equal, IdentityProof.Equal(expected, given));

    private static string Expected(string text) => Convert.ToBase64String(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(text)))
        .TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
