using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using CsCheck;

namespace AotSidecar.Tests.ChatKit.Streaming;

public sealed class JsonEscaperTests
{
    [Fact]
    public void Escape_OfAnyText_IsReadBackAsItWas()
    {
        var rune = Gen.OneOf(
            Gen.Int[0, 0x7f], Gen.Int[0, 0x1f], Gen.Int[0x80, 0xd7ff], Gen.Int[0xe000, 0x10ffff], Gen.Const((int)'"'), Gen.Const((int)'\\'), Gen.Const(0x2028));

        rune.Array[0, 200].Sample(static runes =>
        {
            var text = string.Concat(runes.Select(static value => new Rune(value).ToString()));

            var json = Escape(text);

            Assert.Equal(text, JsonElement.Parse(json).GetString());
        }, iter: 2000);
    }

    [Theory]
    [InlineData("a\"b\\c\nd\re\tf\bg\fh", """a\"b\\c\nd\re\tf\bg\fh""")]
    [InlineData("\0\u001f\u007f", "\\u0000\\u001f\u007f")]
    [InlineData("é<&>'/\u2028東京👍🏽", "é<&>'/\u2028東京👍🏽")]
    public void Escape_TouchesOnlyQuotesBackslashesAndControls(string text, string expected) =>
        Assert.Equal($"\"{expected}\"", Encoding.UTF8.GetString(Escape(text)));

    [Fact]
    public void Escape_OfEachCharacter_IsWhatTheEventsAroundADeltaHave()
    {
        foreach (var value in Enumerable.Range(0, 0x100))
        {
            var text = ((char)value).ToString();

            Assert.Equal(JsonSerializer.Serialize(new ProgressUpdateEvent(text), ChatKitJson.Wire.ThreadEvent).Split("\"text\":")[1][..^1], Encoding.UTF8.GetString(Escape(text)));
        }
    }

    [Fact]
    public void Escape_OfTheWorstCase_FitsTheRoomItNames()
    {
        var text = new byte[100];

        var destination = new byte[text.Length * JsonEscaper.MaxExpansion];

        Assert.Equal(destination.Length, JsonEscaper.Escape(text, destination));
    }

    private static byte[] Escape(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var destination = new byte[utf8.Length * JsonEscaper.MaxExpansion];
        return [(byte)'"', .. destination[..JsonEscaper.Escape(utf8, destination)], (byte)'"'];
    }
}
