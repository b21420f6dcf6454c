using System.Text;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>Each stream in two reads, cut at each byte; a class of its own so that it runs beside the others.</summary>
public sealed class StreamCutTests
{
    public static TheoryData<string> Streams => StreamFramingTests.Streams;

    [Theory]
    [MemberData(nameof(Streams))]
    public void Stream_CutIntoTwoReadsAnywhere_GivesTheSameEvents(string fixture)
    {
        var bytes = Fixture.Bytes(fixture);
        var expected = Replay.Run(Replay.DialectOf(fixture), bytes).Lines;

        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var actual = Replay.Run(Replay.DialectOf(fixture), bytes, cut, bytes.Length).Lines;
            Assert.True(expected == actual, $"cut at {cut}: {actual}");
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Stream_WithOtherLineEndsCutAnywhere_GivesTheSameEvents(string lineEnd)
    {
        var expected = Replay.Text("resp-text", Fixture.Text("resp-text")).Lines;
        var bytes = Encoding.UTF8.GetBytes(Fixture.Text("resp-text").Replace("\n", lineEnd, StringComparison.Ordinal));

        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal(expected, Replay.Run(ProviderApi.Responses, bytes, cut, bytes.Length).Lines);
        }
    }
}
