using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Answers;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit.Streaming;

public sealed class DeltaGatheringTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Deltas_OfABurst_AreTheFirstAndOneOfAllTheOthers()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);

        bench.Map([.. Says.Message(0, "a")[..2], Says.Delta("b"), Says.Delta("c"), Says.Delta("d"), .. Says.Message(0, "abcd")[2..]]);

        Assert.Equal(["a", "bcd"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task Deltas_AtAReadersPace_GoAsTheyCome()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);

        foreach (var text in (string[])["a", "b", "c"])
        {
            bench.Map(Says.Delta(text));
            bench.Clock.Advance(TimeSpan.FromMilliseconds(30));
        }

        Assert.Equal(["a", "b", "c"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task Deltas_ThatAreFast_GoTogetherOnceInEachInterval()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);

        foreach (var text in "abcdefghijklmnopqrstu")
        {
            bench.Map(Says.Delta(text.ToString()));
            bench.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(["a", "bcdefghijk", "lmnopqrstu"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task Deltas_WithoutAnInterval_GoAsTheyCome()
    {
        await using var bench = new TurnBench();

        bench.Map(Says.Delta("a"), Says.Delta("b"), Says.Delta("c"));

        Assert.Equal(["a", "b", "c"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task Deltas_OfAnotherPart_ComeAfterWhatWasHeldOfTheFirst()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);

        bench.Map(Says.Delta("a"), Says.Delta("b"), Says.Delta("x", content: 1), Says.Delta("y", content: 1), Says.Delta("c"), Says.Delta("z", content: 1));

        Assert.Equal(["a", "b", "x", "y", "c", "z"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task HeldText_InASilence_GoesWhenItsTimeHasPassed()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);
        bench.Map(Says.Delta("a"), Says.Delta("b"));
        bench.Clock.Advance(TimeSpan.FromMilliseconds(40));
        var next = new TaskCompletionSource<int>();

        var wait = bench.Stream.WaitAsync(new ValueTask<int>(next.Task), CancellationToken.None).AsTask();
        bench.Clock.Advance(TimeSpan.FromMilliseconds(59));
        await Task.Yield();
        var before = bench.SentDeltas();
        bench.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await UntilAsync(() => bench.SentDeltas().Count == 2);
        next.SetResult(7);

        Assert.Equal(["a"], before);
        Assert.Equal(["a", "b"], bench.SentDeltas());
        Assert.Equal(7, await wait.Soon());
    }

    [Fact]
    public async Task HeldText_BeforeAnotherEvent_IsWrittenFirst()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);
        bench.Map(Says.Delta("a"), Says.Delta("b"));

        bench.Pipeline.Emit(new NoticeEvent("info", "n"));

        Assert.Equal(
            ["thread.item.updated:assistant_message.content_part.text_delta", "notice"], (await bench.ReadAsync()).Outline[^2..]);
    }

    [Fact]
    public async Task HeldText_OfALongBurst_IsBounded()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);
        var word = new string('x', 1000);

        bench.Map([.. Enumerable.Repeat(Says.Delta(word), 100)]);

        Assert.InRange(Deltas(await bench.ReadAsync()).Max(static delta => delta.Length), 1000, 17_000);
    }

    [Fact]
    public async Task WidgetText_ThatStreams_IsGatheredToo()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);

        bench.Pipeline.EmitFromHost(new ItemUpdatedEvent("w", new WidgetTextDelta("t", "a")));
        bench.Pipeline.EmitFromHost(new ItemUpdatedEvent("w", new WidgetTextDelta("t", "\"")));
        bench.Pipeline.EmitFromHost(new ItemUpdatedEvent("w", new WidgetTextDelta("t", "é")));
        bench.Pipeline.EmitFromHost(new ItemUpdatedEvent("w", new WidgetTextDelta("t", "!", Done: true)));

        var updates = (await bench.ReadAsync()).Events.Select(static one => one["update"]!.ToJsonString()).ToArray();
        Assert.Equal("""{"type":"widget.streaming_text.value_delta","component_id":"t","delta":"a","done":false}""", updates[0]);
        Assert.Equal(["a", "\"é", "!"], Deltas(await bench.ReadAsync()));
    }

    [Fact]
    public async Task AThought_InASilence_IsShownToItsEnd()
    {
        await using var bench = new TurnBench(deltaInterval: Interval);
        bench.Map(new ProviderEvent.ReasoningDelta(0, 0, "a"), new ProviderEvent.ReasoningDelta(0, 0, "b"), new ProviderEvent.ReasoningDelta(0, 0, "c"));
        var next = new TaskCompletionSource<int>();

        var wait = bench.Stream.WaitAsync(new ValueTask<int>(next.Task), CancellationToken.None).AsTask();
        bench.Clock.Advance(Interval);
        await UntilAsync(() => bench.SentThoughts() is [.., "abc"]);
        next.SetResult(0);
        await wait.Soon();

        Assert.Equal("abc", bench.SentThoughts()[^1]);
    }

    /// <summary>The caller disposes of what it awaited right afterwards.</summary>
    [Fact]
    public async Task WaitAsync_WhoseReaderHasLeft_EndsAfterWhatItAwaits()
    {
        await using var bench = new TurnBench();
        bench.Map(Says.Delta("a"));
        using var left = new CancellationTokenSource();
        await left.CancelAsync();
        var next = new TaskCompletionSource<int>();

        var wait = bench.Stream.WaitAsync(new ValueTask<int>(next.Task), left.Token).AsTask();
        var early = wait.IsCompleted;
        next.SetCanceled(left.Token);

        Assert.False(early);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
    }

    private static string[] Deltas(Transcript transcript) =>
        [.. transcript.Events.Select(static one => (string?)one["update"]?["delta"]).OfType<string>()];

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }
}
