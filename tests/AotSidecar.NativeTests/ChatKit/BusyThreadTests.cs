namespace AotSidecar.NativeTests.ChatKit;

/// <summary>A message to a conversation that is being answered, and messages that are refused.</summary>
public sealed class BusyThreadTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task AMessage_WhileAnotherIsAnswered_WaitsForTheAnswersEnd()
    {
        var end = new TaskCompletionSource();
        stage.Play(exchange => ResponsesStream.WordsAsync(exchange, at => at == 0 ? Task.CompletedTask : end.Task, "one", " two"), Stage.Words("second"));
        using var first = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("first"));
        await first.UntilDeltaAsync();

        var second = stage.StreamAsync(ChatBody.Message("second", first.ThreadId));
        end.SetResult();
        await first.ToEndAsync();
        using var answered = await second;

        Assert.Equal("second", answered.Deltas);
        Assert.Equal(["thread.item.done", "stream_options"], answered.Types.Take(2));
        Assert.Equal(
            ["first", "one two", "second", "second"],
            (await stage.ItemsAsync(first.ThreadId)).Select(static item => (string?)item!["content"]![0]!["text"]));
    }

    [Fact]
    public async Task AMessage_WhileAnotherIsAnswered_HasHeartbeatsMeanwhile()
    {
        stage.Play(ResponsesStream.EndlessAsync, Stage.Words("second"));
        using var first = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("first"));
        await first.UntilDeltaAsync();

        using var second = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("second", first.ThreadId));
        await second.CommentAsync();
        first.Dispose();
        await second.ToEndAsync();

        Assert.Equal("second", second.Deltas);
    }

    /// <summary>What a page does whose user stops an answer by sending the next message.</summary>
    [Fact]
    public async Task AMessage_RightAfterAStop_IsAnswered()
    {
        stage.Play(ResponsesStream.EndlessAsync, Stage.Words("second"));
        string thread;
        using (var first = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("first")))
        {
            await first.UntilDeltaAsync();
            thread = first.ThreadId;
        }

        using var second = await stage.StreamAsync(ChatBody.Message("second", thread));

        Assert.Null(second.Error);
        Assert.Equal("second", second.Deltas);
    }

    [Fact]
    public async Task AMessage_ToAThreadThatIsGone_ComesBackBeforeTheError()
    {
        using var stream = await stage.StreamAsync(ChatBody.Message("typed with care", "thr_unknown"));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal("typed with care", (string?)stream.Events[0]["item"]!["content"]![0]!["text"]);
        Assert.Equal("thread_not_found", (string?)stream.Error!["reason"]);
        Assert.False((bool)stream.Error["allow_retry"]!);
    }

    [Fact]
    public async Task AMessage_ToALockedThread_ComesBackAndIsNotStored()
    {
        var thread = await stage.NewThreadAsync();
        using var locked = await stage.YieldAsync(thread, """{"type":"thread.updated","thread":{"status":{"type":"locked"} } }""");
        var before = (await stage.ItemsAsync(thread)).Count;

        using var stream = await stage.StreamAsync(ChatBody.Message("typed with care", thread));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal((thread, "thread_locked"), ((string?)stream.Events[0]["item"]!["thread_id"], (string?)stream.Error!["reason"]));
        Assert.Equal(before, (await stage.ItemsAsync(thread)).Count);
    }

    [Fact]
    public async Task AMessage_BesideFourAnswers_ComesBack()
    {
        var session = await stage.MintAsync("busy");
        stage.Play(ResponsesStream.EndlessAsync);
        var running = new List<ChatStream>();
        for (var at = 0; at < 4; at++)
        {
            running.Add(await stage.Sidecar.Door.StreamAsync(session, ChatBody.Message("x")));
            await running[at].UntilDeltaAsync();
        }

        using var stream = await stage.StreamAsync(ChatBody.Message("typed with care"), session);
        running.ForEach(static one => one.Dispose());

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal("too_many_streams", (string?)stream.Error!["reason"]);
        Assert.False((bool)stream.Error["allow_retry"]!);
    }

    /// <summary>The page has taken them off the screen before it asked.</summary>
    [Fact]
    public async Task ARetry_OnAClosedThread_SendsTheLaterItemsAgain()
    {
        var thread = await stage.NewThreadAsync();
        using var closed = await stage.YieldAsync(thread, """{"type":"thread.updated","thread":{"status":{"type":"closed"} } }""");
        var items = await stage.ItemsAsync(thread);

        using var stream = await stage.StreamAsync(Stage.Retry(thread, (string)items[0]!["id"]!));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal(items[1]!.ToJsonString(), stream.Events[0]["item"]!.ToJsonString());
        Assert.Equal(items.ToJsonString(), (await stage.ItemsAsync(thread)).ToJsonString());
    }
}
