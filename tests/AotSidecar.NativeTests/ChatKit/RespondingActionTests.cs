using System.Text;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Actions after which the model goes on.</summary>
public sealed class RespondingActionTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Action_WhoseResultAsksForIt_IsAnsweredByTheModel()
    {
        var thread = await stage.NewThreadAsync();
        (await stage.YieldAsync(thread, Stage.Item("done", Stage.Widget("w", "one")))).Dispose();
        stage.Play(Stage.Words("went on"));
        stage.ActionResult = $$"""{"respond":true,"events":[{{Stage.Item("done", Stage.Message("m", "chosen"))}}]}""";

        using var stream = await stage.StreamAsync(Stage.Action(thread, "w"));

        Assert.Null(stream.Error);
        Assert.Equal("went on", stream.Deltas);
        Assert.Equal(
            ["user_message", "assistant_message", "widget", "assistant_message", "assistant_message"],
            (await stage.ItemsAsync(thread)).Select(static item => (string)item!["type"]!));
        var asked = Encoding.UTF8.GetString(stage.Sidecar.Provider.Requests[^1].Body);
        Assert.Contains("The user chose the action go", asked, StringComparison.Ordinal);
        Assert.Contains("chosen", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Action_WhileAnAnswerIsWritten_WaitsForItsEndBeforeTheModelGoesOn()
    {
        var end = new TaskCompletionSource();
        stage.Play(exchange => ResponsesStream.WordsAsync(exchange, at => at == 0 ? Task.CompletedTask : end.Task, "one", " two"), Stage.Words("second"));
        using var first = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("first"));
        await first.UntilDeltaAsync();
        stage.ActionResult = """{"respond":true,"events":[{"type":"progress_update","text":"heard"}]}""";

        using var action = await stage.Sidecar.Door.StreamAsync(stage.Session, Stage.Action(first.ThreadId, null));
        await action.UntilAsync(static one => (string?)one["text"] == "heard");
        end.SetResult();
        await first.ToEndAsync();
        await action.ToEndAsync();

        Assert.Equal(("one two", "second"), (first.Deltas, action.Deltas));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("1")]
    [InlineData("null")]
    public async Task Action_WithoutTrue_AsksNoModel(string respond)
    {
        var thread = await stage.NewThreadAsync();
        stage.ActionResult = $$"""{"respond":{{respond}} }""";

        using var stream = await stage.StreamAsync(Stage.Action(thread, null));

        Assert.Equal(["stream_options"], stream.Types);
    }
}
