using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>Thoughts that a server leaves in the text of the answer.</summary>
public sealed class ThinkTagsTests
{
    [Theory]
    [InlineData("<think>Hm. A < b.</think>\\n\\nHi <b>", "Hm. A < b.", "Hi <b>")]
    [InlineData("\\n <think>\\nHm\\n</think>Hi", "Hm\n", "Hi")]
    [InlineData("<think>\\n\\n</think>\\n\\nHi", null, "Hi")]
    [InlineData("<think>Hm</thinker></think>Hi", "Hm</thinker>", "Hi")]
    [InlineData("<think>Hm</think>", "Hm", "")]
    [InlineData("<think>Hm</thi", "Hm</thi", "")]
    [InlineData("\\u003cthink\\u003eHm \\ud83c\\udf1f\\u003c/think\\u003eHi", "Hm 🌟", "Hi")]
    [InlineData("Hi <think>Hm</think>", null, "Hi <think>Hm</think>")]
    [InlineData("<thin", null, "<thin")]
    [InlineData("<thing>", null, "<thing>")]
    [InlineData(" \\n Hi", null, " \n Hi")]
    public void Text_HasItsLeadingThoughtsTakenOut(string escaped, string? thoughts, string text)
    {
        foreach (var size in new[] { 1, 2, 3, 7, int.MaxValue })
        {
            var pieces = Atoms(escaped).Chunk(size).Select(atoms => Chunk(string.Concat(atoms)));

            var transcript = Local([.. pieces, Finish, "[DONE]"]);

            Assert.Equal(thoughts, transcript.All<ProviderEvent.ReasoningPartDone>().SingleOrDefault()?.Text);
            Assert.Equal(text, transcript.Text);
            Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
            Promises.Check(transcript.Events);
        }
    }

    [Fact]
    public void Thoughts_ComeBeforeTheAnswerAsTheyGrow()
    {
        var transcript = Local([Chunk("<think>A"), Chunk(" b"), Chunk("</think>"), Chunk("Hi"), Finish, "[DONE]"]);

        Assert.Equal(
            """
            started -
            reasoning 0
            thought 0/0 A
            thought 0/0  b
            thought-done 0/0 A b
            reasoning-done 0 -
            message 1
            text 1/0 x1 Hi
            part 1/0 Hi
            message-done 1 parts=1 phase=-
            completed Stop
            """,
            transcript.Lines);
    }

    [Fact]
    public void Tags_BesideThoughtsOfTheServersOwn_AreText()
    {
        var transcript = Local(
            ["""{"choices":[{"delta":{"reasoning":"Hm"}}]}""", Chunk("<think>Hi</think>"), Finish, "[DONE]"]);

        Assert.Equal("Hm", transcript.All<ProviderEvent.ReasoningPartDone>().Single().Text);
        Assert.Equal("<think>Hi</think>", transcript.Text);
    }

    [Fact]
    public void HeldBackText_WhenTheStreamIsDone_IsShown()
    {
        var transcript = Local([Chunk("<th"), "[DONE]"]);

        Assert.Equal("<th", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    private static string Finish => """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    private static string Chunk(string escaped) =>
        $$$"""{"choices":[{"index":0,"delta":{"content":"{{{escaped}}}"}}]}""";

    private static Transcript Local(IEnumerable<string> chunks) => Replay.Run(
        ProviderApi.ChatCompletions,
        Encoding.UTF8.GetBytes(Fixture.Join(chunks.Select(chunk => "data: " + chunk))));

    /// <summary>The characters of an escaped text, with each escape in one piece.</summary>
    private static IEnumerable<string> Atoms(string escaped)
    {
        for (var at = 0; at < escaped.Length;)
        {
            var length = escaped[at] != '\\' ? 1 : escaped[at + 1] == 'u' ? 6 : 2;
            yield return escaped.Substring(at, length);
            at += length;
        }
    }
}
