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
        using var next = await OnceFreeAsync(ChatBody.Message("and?", thread));

        var items = await stage.ItemsAsync(thread);
        Assert.Null(next.Error);
        Assert.Equal("assistant_message", (string?)items[1]!["type"]);
        Assert.StartsWith(" word", (string?)items[1]!["content"]![0]!["text"]);
        Assert.Contains("stopped", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
        Assert.DoesNotContain("sdk_hidden_context", items.ToJsonString());
    }

    /// <summary>An answer that is still blank, and a workflow whose thought is still growing.</summary>
    [Theory]
    [InlineData(" \n")]
    [InlineData(null)]
    public async Task Case43And45_AReaderThatLeavesBeforeThereIsText_LeavesOnlyTheMarker(string? blank)
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.Play(async exchange =>
        {
            await (blank is null ? ResponsesStream.BeginThoughtAsync(exchange, "I think") : ResponsesStream.BeginAsync(exchange, blank));
            await exchange.ClientClosed;
            hungUp.SetResult();
        });
        string thread;
        string item;
        using (var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("go on")))
        {
            var added = await stream.UntilAsync(one => (string?)one["type"] == "thread.item.added");
            (thread, item) = (stream.ThreadId, (string)added["item"]!["id"]!);
        }

        await hungUp.Task.Within("the end of the provider's call");
        stage.Play(Stage.Words("ok"));
        using var gone = await OnceFreeAsync(Stage.Action(thread, item));
        using var next = await OnceFreeAsync(ChatBody.Message("and?", thread));

        Assert.Equal("item_not_found", (string?)gone.Error!["reason"]);
        Assert.Equal("ok", next.Deltas);
        Assert.Equal(
            ["user_message", "user_message", "assistant_message"], (await stage.ItemsAsync(thread)).Select(one => (string?)one!["type"]));
        var input = stage.Sidecar.Provider.Requests[^1].Json["input"]!.AsArray();
        Assert.Equal(3, input.Count);
        Assert.Contains("stopped", input[1]!.ToJsonString());
    }

    /// <summary>The place of the stream that was left is free only once the server has seen that it was left.</summary>
    private async Task<ChatStream> OnceFreeAsync(string body)
    {
        while (true)
        {
            var stream = await stage.StreamAsync(body);
            if ((string?)stream.Error?["reason"] != "thread_busy")
            {
                return stream;
            }

            stream.Dispose();
        }
    }
}
