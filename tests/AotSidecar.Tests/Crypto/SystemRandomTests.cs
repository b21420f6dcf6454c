using AotSidecar.Crypto;

namespace AotSidecar.Tests.Crypto;

public sealed class SystemRandomTests
{
    /// <summary>A byte that stayed zero in 64 fills was not written: by chance that happens once in 2^512.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(5000)]
    public void Fill_WritesEveryByte(int length)
    {
        var seen = new byte[length];
        var bytes = new byte[length];

        for (var i = 0; i < 64; i++)
        {
            SystemRandom.Fill(bytes);
            for (var j = 0; j < length; j++)
            {
                seen[j] |= bytes[j];
            }
        }

        Assert.DoesNotContain((byte)0, seen);
    }

    [Fact]
    public void Texts_HaveTheBytesAskedFor_AndNeverRepeat()
    {
        var texts = Enumerable.Range(0, 1000).Select(static _ => SystemRandom.GetHex(16)).ToHashSet();

        Assert.Equal(1000, texts.Count);
        Assert.All(texts, static text => Assert.Matches("^[0-9a-f]{32}$", text));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", SystemRandom.GetBase64Url(32));
    }
}
