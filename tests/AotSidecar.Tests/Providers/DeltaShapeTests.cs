using System.Text;
using AotSidecar.Providers.ChatCompletions;
using AotSidecar.Providers.Responses;
using AotSidecar.Providers.Sse;
using CsCheck;

namespace AotSidecar.Tests.Providers;

/// <summary>What is read by comparing must be what a walk over the frame's members finds, whatever the frame is.</summary>
public sealed class DeltaShapeTests
{
    private static readonly string[] Responses =
    [
        """{"type":"response.output_text.delta","content_index":0,"delta":"Hel","item_id":"msg_1","logprobs":[],"obfuscation":"xyz","output_index":0,"sequence_number":4}""",
        """{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":2,"content_index":1,"delta":"a","logprobs":[]}""",
        """ { "delta" : "" , "type":"response.output_text.delta", "obfuscation" : "" } """,
        """{"delta":"first","type":"response.output_text.delta","delta":"last","sequence_number":12,"sequence_number":13}""",
        """{"type":"response.output_text.delta","delta":"a \"b\" \\ \n \ud83d\ude00","sequence_number":1,"item":{"delta":"inner","sequence_number":9}}""",
    ];

    private static readonly string[] Chunks =
    [
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hel"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"xyz"}""",
        """{"choices":[{"delta":{"role":"assistant","content":"a"},"index":0},{"index":1,"delta":{"content":"other"}}]}""",
    ];

    private static readonly string[] Splices =
        ["\"", "\\", "\\\"", "\\u00e9", "\\ud83d", "é", "🌟", "\n", "{", "}", "[", "]", ",", ":", " ", "0", "-", "1e3", "null", "\"delta\":\"x\",", "\"content\":\"x\",", "\"sequence_number\":7,", "\"finish_reason\":\"stop\",", "\0"];

    private static readonly Gen<(int Frame, int Other, (int At, int Cut, int Splice)[] Edits)> Case = Gen.Select(
        Gen.Int[0, 99], Gen.Int[0, 99], Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3], Gen.Int[0, Splices.Length]).Array[0, 4]);

    [Fact]
    public void AResponsesFrame_ThatFits_IsReadAsTheWalkReadsIt() => Case.Sample(static test =>
    {
        var (shape, walked) = LearnResponses(Responses[test.Frame % Responses.Length]);
        var frame = Edit(Responses[(test.Edits.Length > 2 ? test.Frame : test.Other) % Responses.Length], test.Edits);
        if (shape.TryRead(frame, out var text, out var number))
        {
            Assert.True(ResponsesFrame.TryRead(frame, out var read));
            Assert.Equal("response.output_text.delta", read.Type.Text);
            AssertSame(read.Delta, text);
            Assert.Equal(read.Sequence.Number ?? 0, number);
            Assert.Equal(walked, (read.OutputIndex, read.PartIndex));
        }
    }, iter: 60_000);

    [Fact]
    public void AChunk_ThatFits_IsReadAsTheWalkReadsIt() => Case.Sample(static test =>
    {
        var shape = LearnChunk(Chunks[test.Frame % Chunks.Length]);
        var frame = Edit(Chunks[(test.Edits.Length > 2 ? test.Frame : test.Other) % Chunks.Length], test.Edits);
        if (shape.TryRead(frame, out var text, out _))
        {
            Assert.True(ChatChunk.TryRead(frame, out var read));
            Assert.True(read.IsPlainText || !text.HasText);
            AssertSame(read.Content, text);
        }
    }, iter: 60_000);

    [Theory]
    [InlineData("Hello", "", 5L)]
    [InlineData("", "abcdef", 999_999L)]
    [InlineData("""a \"quoted\" \\ \ud83c\udf1f""", "with \\\" too", 0L)]
    [InlineData("東京 🌟", "x", 123_456_789_012L)]
    public void AFrame_OfOtherValues_Fits(string characters, string padding, long number)
    {
        var (shape, _) = LearnResponses(Responses[0]);
        var frame = Encoding.UTF8.GetBytes(Responses[0]
            .Replace("\"Hel\"", $"\"{characters}\"").Replace("\"xyz\"", $"\"{padding}\"").Replace(":4}", $":{number}}}"));

        Assert.True(shape.TryRead(frame, out var text, out var read));

        Assert.Equal(characters, Encoding.UTF8.GetString(text.Characters));
        Assert.Equal(number, read);
    }

    [Theory]
    [InlineData("msg_1", "msg_2")]
    [InlineData("\"output_index\":0", "\"output_index\":1")]
    [InlineData(":4}", ":-4}")]
    [InlineData(":4}", ":4.0}")]
    [InlineData(":4}", ":99999999999999999999}")]
    [InlineData(":4}", ":}")]
    [InlineData(":4}", ":4")]
    [InlineData(":4}", ":4}}")]
    [InlineData("\"Hel\"", "null")]
    [InlineData("Hel", "Hel\\")]
    [InlineData("logprobs\":[]", "logprobs\":[1]")]
    public void AFrame_ThatDiffersElsewhere_IsLeftToTheWalk(string what, string instead)
    {
        var (shape, _) = LearnResponses(Responses[0]);

        Assert.False(shape.TryRead(Encoding.UTF8.GetBytes(Responses[0].Replace(what, instead)), out _, out _));
    }

    [Fact]
    public void Shapes_ThatNeverFit_AreNotLearnedForEver()
    {
        var shape = new DeltaShape();
        var frame = Encoding.UTF8.GetBytes(Responses[0]);
        for (var at = 0; at < 20; at++)
        {
            Assert.True(ResponsesFrame.TryRead(frame, out var read));
            shape.Learn(frame, read.Delta, read.Padding, read.Sequence);
        }

        Assert.False(shape.TryRead(frame, out _, out _));
    }

    private static void AssertSame(JsonValue walked, JsonValue compared)
    {
        Assert.True(compared.IsString);
        Assert.Equal(walked.Raw.ToArray(), compared.Raw.ToArray());
        Assert.Equal(walked.HasEscapes, compared.HasEscapes);
    }

    private static (DeltaShape Shape, (int? Output, int Part) Place) LearnResponses(string json)
    {
        var frame = Encoding.UTF8.GetBytes(json);
        var shape = new DeltaShape();
        Assert.True(ResponsesFrame.TryRead(frame, out var read));
        shape.Learn(frame, read.Delta, read.Padding, read.Sequence);
        return (shape, (read.OutputIndex, read.PartIndex));
    }

    private static DeltaShape LearnChunk(string json)
    {
        var frame = Encoding.UTF8.GetBytes(json);
        var shape = new DeltaShape();
        Assert.True(ChatChunk.TryRead(frame, out var read));
        Assert.True(read.IsPlainText);
        shape.Learn(frame, read.Content, read.Padding, number: default);
        return shape;
    }

    private static byte[] Edit(string json, (int At, int Cut, int Splice)[] edits)
    {
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(json)];
        foreach (var (at, cut, splice) in edits)
        {
            var place = at % (bytes.Count + 1);
            bytes.RemoveRange(place, Math.Min(cut, bytes.Count - place));
            bytes.InsertRange(place, Encoding.UTF8.GetBytes(splice < Splices.Length ? Splices[splice] : ""));
        }

        return [.. bytes];
    }
}
