using System.Text;
using AotSidecar.Json;

namespace AotSidecar.Tests.Json;

public sealed class LoneSurrogatesTests
{
    [Theory]
    [InlineData(@"""plain""", @"""plain""")]
    [InlineData(@"""\ud83d\ude00""", @"""\ud83d\ude00""")]
    [InlineData(@"""\ud83d""", @"""\ufffd""")]
    [InlineData(@"""\uDE00 x""", @"""\ufffd x""")]
    [InlineData(@"""\ud83d\ud83d\ude00""", @"""\ufffd\ud83d\ude00""")]
    [InlineData(@"""\ud83dude00""", @"""\ufffdude00""")]
    [InlineData(@"""\\ud83d""", @"""\\ud83d""")]
    [InlineData(@"""\\\ud83d""", @"""\\\ufffd""")]
    [InlineData(@"""\u00e9\n\""\ud800""", @"""\u00e9\n\""\ufffd""")]
    [InlineData(@"""\ud8", @"""\ud8")]
    [InlineData(@"\", @"\")]
    public void Replace_OfHalfAPair_PutsTheReplacementCharacterAndChangesNothingElse(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        LoneSurrogates.Replace(bytes);

        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
    }
}
