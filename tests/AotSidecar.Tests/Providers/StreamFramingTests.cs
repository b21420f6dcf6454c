using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Secrets;
using CsCheck;
using Snapshooter;
using Snapshooter.Xunit;

namespace AotSidecar.Tests.Providers;

/// <summary>However a stream is cut into reads and lines, it says the same.</summary>
public sealed class StreamFramingTests
{
    public static TheoryData<string> Streams =>
        [.. Fixture.Names.Where(name => name != "transcribe-stream")];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Stream_Recorded_GivesTheseEvents(string fixture)
    {
        var transcript = Replay.Text(fixture, Fixture.Text(fixture));

        Snapshot.Match(transcript.Lines, SnapshotNameExtension.Create(fixture));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Stream_InPiecesOfAnySize_GivesTheSameEvents(string fixture)
    {
        var bytes = Fixture.Bytes(fixture);
        var expected = Replay.Run(Replay.DialectOf(fixture), bytes).Lines;

        foreach (var size in new[] { 1, 2, 3, 7, 64, 4096 })
        {
            Assert.Equal(expected, Replay.Run(Replay.DialectOf(fixture), bytes, size).Lines);
        }
    }

    [Fact]
    public void Stream_AfterByteOrderMark_GivesTheSameEvents()
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFF" + Fixture.Text("chat-text"));

        Assert.Equal(
            Replay.Text("chat-text", Fixture.Text("chat-text")).Lines,
            Replay.Run(ProviderApi.ChatCompletions, bytes, 1).Lines);
    }

    [Theory]
    [InlineData("event: [a-z_.]+\n", "")]
    [InlineData("event: [a-z_.]+\n", "event: ping\n")]
    [InlineData("event: [a-z_.]+\n", "id: 7\nretry: 10\n: comment\nnonsense\n")]
    [InlineData("event: [a-z_.]+\n", "event: ping\n\n")]
    [InlineData("data: ", "data:")]
    [InlineData("\n\n", "\n\n:\n\ndata\n\ndata:\n\n")]
    [InlineData("\n\n$", "")]
    [InlineData("\n\n$", "\n")]
    [InlineData("\"(sequence_number|content_index)\":", "\n\"$1\":")]
    public void Stream_FramedOtherwise_GivesTheSameEvents(string pattern, string replacement)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(Fixture.Text("resp-text"), pattern, replacement);

        // a line end inside a document continues on a data line
        text = text.Replace("\n\"", "\ndata: \"", StringComparison.Ordinal);

        Assert.Equal(Replay.Text("resp-text", Fixture.Text("resp-text")).Lines, Replay.Text("resp-text", text).Lines);
    }

    [Fact]
    public void Stream_WithTwoDocumentsInOneEvent_GivesTheSameEvents()
    {
        var text = Fixture.Text("resp-text").Replace("\n\nevent: response.output_text.delta", "", StringComparison.Ordinal);

        Assert.Equal(Replay.Text("resp-text", Fixture.Text("resp-text")).Lines, Replay.Text("resp-text", text).Lines);
    }

    [Fact]
    public void Stream_CutAtRandom_GivesTheSameEvents()
    {
        var expected = Fixture.Names.ToDictionary(
            name => name, name => Replay.Run(Replay.DialectOf(name), Fixture.Bytes(name)).Lines);

        Gen.Select(OneOf([.. expected.Keys]), Gen.Int[1, 300].Array[1, 20])
            .Sample(
                (name, pieces) =>
                    Replay.Run(Replay.DialectOf(name), Fixture.Bytes(name), pieces).Lines == expected[name],
                iter: 500);
    }

    [Fact]
    public void Stream_FramedAtRandom_GivesTheSameEvents()
    {
        var events = Fixture.Events("resp-reasoning").ConvertAll(Fixture.Data);
        var expected = Replay.Text("resp-reasoning", Fixture.Text("resp-reasoning")).Lines;
        var lead = OneOf("", ": ping\n", "event: x\r\n", "id: 1\r", "retry: 3\n", "data\n\n", "\r\r");
        var end = OneOf("\n\n", "\r\n\r\n", "\r\r", "\n\r\n");

        Gen.Select(lead.Array[events.Count], end.Array[events.Count], Gen.Int[1, 900].Array[1, 9])
            .Sample(
                (leads, ends, pieces) =>
                {
                    var text = string.Concat(events.Select((json, i) => $"{leads[i]}data: {json}{ends[i]}"));
                    return Replay.Run(ProviderApi.Responses, Encoding.UTF8.GetBytes(text), pieces).Lines == expected;
                },
                iter: 300);
    }

    [Theory]
    [InlineData(ProviderApi.Responses)]
    [InlineData(ProviderApi.ChatCompletions)]
    internal void Stream_OfRandomBytes_EndsInAFailureAndNeverThrows(ProviderApi dialect)
    {
        var noise = Gen.OneOf(
            Gen.Byte.Array[0, 400],
            OneOf(Fragments).Array[0, 40].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))));

        Gen.Select(noise, Gen.Int[1, 60])
            .Sample(
                (bytes, piece) =>
                    Replay.Run(dialect, bytes, piece).Events[^1] is ProviderEvent.Failed or ProviderEvent.Completed,
                iter: 5000);
    }

    [Theory]
    [InlineData("resp-text")]
    [InlineData("resp-image")]
    [InlineData("resp-function-parallel")]
    [InlineData("resp-web-search")]
    [InlineData("chat-tools")]
    [InlineData("chat-gemini")]
    public void Stream_WithBytesChangedAtRandom_KeepsItsPromises(string fixture)
    {
        var bytes = Fixture.Bytes(fixture);

        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte).Array[1, 12].Sample(
            changes =>
            {
                var changed = (byte[])bytes.Clone();
                foreach (var (at, value) in changes)
                {
                    changed[at] = value;
                }

                var events = Replay.Run(Replay.DialectOf(fixture), changed).Events;
                Promises.Check(events);
            },
            iter: 2000);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string[] Fragments =>
    [
        "data: ", "event: ", "\n", "\r", "\n\n", "{", "}", "[", "]", "\"", ":", ",", "null", "true", "1e400", "[DONE]",
        "\"type\":", "\"response.output_text.delta\"", "\"delta\":", "\"\\ud83d\"", "\"output_index\":", "0", "-1",
        "\"choices\":", "\"content\":", "\"tool_calls\":", "error: ", "\"item\":", "\"response.output_item.done\"",
    ];
}
