namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Threads named by a model, asked for with <c>--title-model</c>.</summary>
public sealed class TitleTests
{
    private static readonly string[] Flags = ["--title-model", "tiny-model"];

    [Theory]
    [InlineData(Dialect.Responses)]
    [InlineData(Dialect.ChatCompletions)]
    public async Task FirstAnswer_IsFollowedByOneSmallRequestForATitle(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, "{}", flags: Flags);
        stage.Script(stage.Says("In the Arctic."), stage.Says("Where Walruses Live"), stage.Says("Yes."));

        using var first = await (await stage.StreamAsync("where do walruses live, if I may ask?")).ToEndAsync();
        using var second = await (await stage.StreamAsync("sure?", first.ThreadId)).ToEndAsync();

        Assert.Null(first.Error);
        Assert.Equal("In the Arctic.", first.Deltas);
        Assert.Equal("Where Walruses Live", (string?)first.Events[^1]["thread"]!["title"]);
        Assert.Equal(3, stage.Requests.Count);
        Assert.Equal("tiny-model", (string?)stage.Requests[1].Json["model"]);
        Assert.Equal("Bearer sk-test-tool-loop-0123456789", stage.Requests[1].Header("Authorization"));
        Assert.Equal(["In the Arctic.", "Yes."], (await stage.ItemsAsync(first.ThreadId))
            .Where(static item => (string?)item["type"] == "assistant_message").Select(static item => (string?)item["content"]![0]!["text"]));
    }

    [Theory]
    [InlineData(Dialect.Responses)]
    [InlineData(Dialect.ChatCompletions)]
    public async Task Title_ThatFails_LeavesTheFirstLineAndTheReaderUntroubled(string dialect)
    {
        await using var stage = await ToolStage.StartAsync(dialect, "{}", flags: Flags);
        stage.Script(stage.Says("In the Arctic."), static exchange => exchange.ReplyAsync(400, """{"error":{"message":"no such model","code":"model_not_found"}}"""));

        using var stream = await (await stage.StreamAsync("where do walruses live?")).ToEndAsync();

        Assert.Null(stream.Error);
        Assert.True(stream.EndedCleanly);
        Assert.Equal("where do walruses live?", (string?)stream.Events[2]["thread"]!["title"]);
    }

    [Fact]
    public async Task Title_ThatHangs_DoesNotKeepTheStreamOpen()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, "{}", flags: Flags);
        stage.Script(stage.Says("In the Arctic."), static async exchange => await exchange.ClientClosed, stage.Says("Yes."));

        using var stream = await (await stage.StreamAsync("where do walruses live?")).ToEndAsync();
        using var next = await (await stage.StreamAsync("sure?", stream.ThreadId)).ToEndAsync();

        Assert.Equal("where do walruses live?", (string?)stream.Events[2]["thread"]!["title"]);
        Assert.Equal("Yes.", next.Deltas);
    }
}
