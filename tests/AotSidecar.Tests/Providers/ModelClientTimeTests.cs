using AotSidecar.Providers.Answers;

namespace AotSidecar.Tests.Providers;

/// <summary>Providers that take their time, and readers that do not wait for them.</summary>
public sealed class ModelClientTimeTests
{
    [Fact]
    public async Task Ask_WhenNothingIsAnswered_TimesOutOnce()
    {
        await using var provider = new ScriptedProvider(connection => connection.UntilClosedAsync());
        using var client = new ProviderClient(provider.Url);
        var asking = client.AskAsync();
        await provider.NextRequestAsync();

        client.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        var early = asking.IsCompleted;
        client.Clock.Advance(TimeSpan.FromSeconds(1));
        var transcript = await asking;

        Assert.False(early);
        Assert.Equal(("upstream_timeout", 504), (transcript.Failure.Code, transcript.Failure.Status));
        Assert.Single(provider.Requests);
    }

    [Fact]
    public void FirstByte_OfARemoteProvider_IsFiveMinutes()
    {
        using var client = new ProviderClient(new Uri("https://api.openai.com/v1"));

        Assert.Equal(TimeSpan.FromMinutes(5), client.Timeouts.FirstByteOf(client.Provider));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(": still here\n\n")]
    public async Task Ask_WhenNoEventComes_TimesOutAfterFiveMinutes(string? comment)
    {
        var more = new TaskCompletionSource();
        await using var provider = new ScriptedProvider(async connection =>
        {
            await connection.StartStreamAsync();
            await connection.SendAsync(Fixture.Join(Fixture.Events("resp-text").Take(5)));
            await more.Task;
            await connection.SendAsync(comment ?? "");
            await connection.UntilClosedAsync();
        });
        using var client = new ProviderClient(provider.Url);
        await using var events = client.Stream().GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        var waiting = events.MoveNextAsync().AsTask();
        client.Clock.Advance(TimeSpan.FromSeconds(299));
        more.SetResult();
        var early = waiting.IsCompleted;
        client.Clock.Advance(TimeSpan.FromSeconds(1));
        await Deadline.Within(waiting);
        var failed = await ReadUntilAsync<ProviderEvent.Failed>(events);

        Assert.False(early);
        Assert.Equal("upstream_timeout", failed.Failure.Code);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task Ask_WhenKeepalivesCome_GoesOnUntilTheTotal()
    {
        var keepalive = new SemaphoreSlim(0);
        await using var provider = new ScriptedProvider(async connection =>
        {
            await connection.StartStreamAsync();
            await connection.SendAsync(Fixture.Join(Fixture.Events("resp-text").Take(5)));
            while (true)
            {
                await keepalive.WaitAsync();
                await connection.SendAsync("data: {\"type\":\"keepalive\"}\n\n" + Fixture.Events("resp-text")[5] + "\n\n");
            }
        });
        using var client = new ProviderClient(provider.Url);
        await using var events = client.Stream().GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);
        for (var minute = 0; minute < 29; minute++)
        {
            var next = events.MoveNextAsync().AsTask();
            client.Clock.Advance(TimeSpan.FromMinutes(1));
            keepalive.Release();
            Assert.True(await Deadline.Within(next));
            Assert.IsType<ProviderEvent.TextDelta>(events.Current);
        }

        var last = events.MoveNextAsync().AsTask();
        client.Clock.Advance(TimeSpan.FromMinutes(1));
        await Deadline.Within(last);
        var failed = await ReadUntilAsync<ProviderEvent.Failed>(events);

        Assert.Equal("upstream_timeout", failed.Failure.Code);
        keepalive.Release();
    }

    [Fact]
    public async Task Ask_WhenTheReaderIsSlow_DoesNotBlameTheProvider()
    {
        await using var provider = new ScriptedProvider(connection => connection.StreamAsync(Fixture.Text("resp-text")));
        using var client = new ProviderClient(provider.Url);
        await using var events = client.Stream().GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        client.Clock.Advance(TimeSpan.FromMinutes(5));
        var end = await ReadUntilAsync<ProviderEvent.Completed>(events);

        Assert.Equal(CompletionReason.Stop, end.Reason);
    }

    [Fact]
    public async Task Ask_WhenCancelledWhileWaiting_ThrowsAndClosesTheConnection()
    {
        var closed = new TaskCompletionSource();
        await using var provider = new ScriptedProvider(connection => StartAndWatchAsync(connection, closed));
        using var client = new ProviderClient(provider.Url);
        using var cancelling = new CancellationTokenSource();
        await using var events = client.Stream(cancellationToken: cancelling.Token).GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        var waiting = events.MoveNextAsync().AsTask();
        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Deadline.Within(waiting));
        await Deadline.Within(closed.Task);
    }

    [Fact]
    public async Task Ask_WhenCancelledWhileTheReaderIsBusy_ClosesTheConnectionAtOnce()
    {
        var closed = new TaskCompletionSource();
        await using var provider = new ScriptedProvider(connection => StartAndWatchAsync(connection, closed));
        using var client = new ProviderClient(provider.Url);
        using var cancelling = new CancellationTokenSource();
        await using var events = client.Stream(cancellationToken: cancelling.Token).GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        await cancelling.CancelAsync();
        await Deadline.Within(closed.Task);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await events.MoveNextAsync());
    }

    [Fact]
    public async Task Ask_WhenAbandoned_ClosesTheConnection()
    {
        var closed = new TaskCompletionSource();
        await using var provider = new ScriptedProvider(connection => StartAndWatchAsync(connection, closed));
        using var client = new ProviderClient(provider.Url);
        var events = client.Stream().GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        await events.DisposeAsync();

        await Deadline.Within(closed.Task);
    }

    [Fact]
    public async Task Ask_WhileBytesAreAtHand_DoesNotWait()
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, Fixture.Text("resp-text"), "text/event-stream"));
        using var client = new ProviderClient(provider.Url);
        await using var events = client.Stream().GetAsyncEnumerator();
        await ReadUntilAsync<ProviderEvent.TextDelta>(events);

        var synchronous = 0;
        for (var next = events.MoveNextAsync(); ; next = events.MoveNextAsync())
        {
            synchronous += next.IsCompletedSuccessfully ? 1 : 0;
            if (!await next)
            {
                break;
            }
        }

        // six more deltas, the part, the message, the usage and the end may come over two reads, not over ten
        Assert.InRange(synchronous, 8, 11);
    }

    [Fact]
    public async Task Ask_AfterAFinishedAnswer_UsesTheConnectionAgain()
    {
        await using var provider = new ScriptedProvider(
            connection => connection.ReplyAsync(200, Fixture.Text("resp-text"), "text/event-stream"));
        using var client = new ProviderClient(provider.Url);

        await client.AskAsync();
        await client.AskAsync();

        Assert.Equal(2, provider.Requests.Count);
        Assert.Equal(1, provider.Connections);
    }

    private static async Task StartAndWatchAsync(ScriptedConnection connection, TaskCompletionSource closed)
    {
        await connection.StartStreamAsync();
        await connection.SendAsync(Fixture.Join(Fixture.Events("resp-text").Take(5)));
        await connection.UntilClosedAsync();
        closed.SetResult();
    }

    private static async Task<T> ReadUntilAsync<T>(IAsyncEnumerator<ProviderEvent> events)
        where T : ProviderEvent
    {
        while (true)
        {
            if (events.Current is T wanted)
            {
                return wanted;
            }

            Assert.True(await Deadline.Within(events.MoveNextAsync().AsTask()));
        }
    }
}
