namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: readers that leave.</summary>
public sealed class ConformanceTestsOfCancellation(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Case42And45_AReaderThatLeaves_KeepsTheTextAndEndsTheProvidersCall()
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.Play(async exchange =>
        {
            await ResponsesStream.EndlessAsync(exchange);
            hungUp.SetResult();
        });
        string thread;
        using (var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("go on")))
        {
            await stream.UntilDeltaAsync();
            thread = stream.ThreadId;
        }

        await hungUp.Task.Within("the end of the provider's call");
        stage.Play(Stage.Words("ok"));
        using var next = await stage.StreamAsync(ChatBody.Message("and?", thread));

        var items = await stage.ItemsAsync(thread);
        Assert.Null(next.Error);
        Assert.Equal("assistant_message", (string?)items[1]!["type"]);
        Assert.StartsWith(" word", (string?)items[1]!["content"]![0]!["text"]);
        Assert.Contains("stopped", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
        Assert.DoesNotContain("sdk_hidden_context", items.ToJsonString());
    }

    [Fact]
    public async Task Case43_AReaderThatLeavesBeforeThereIsText_LeavesOnlyTheMarker()
    {
        var begun = new TaskCompletionSource();
        stage.Play(
            async exchange =>
            {
                await ResponsesStream.BeginAsync(exchange, " \n");
                begun.SetResult();
                await exchange.ClientClosed;
            },
            Stage.Words("ok"));
        string thread;
        using (var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("go on")))
        {
            await stream.UntilAsync(static one => (string?)one["type"] == "stream_options");
            await begun.Task;
            thread = stream.ThreadId;
        }

        using var next = await stage.StreamAsync(ChatBody.Message("and?", thread));

        Assert.Equal("ok", next.Deltas);
        Assert.Equal(
            ["user_message", "user_message", "assistant_message"], (await stage.ItemsAsync(thread)).Select(one => (string?)one!["type"]));
        var input = stage.Sidecar.Provider.Requests[^1].Json["input"]!.AsArray();
        Assert.Equal(3, input.Count);
        Assert.Contains("stopped", input[1]!.ToJsonString());
    }
}
