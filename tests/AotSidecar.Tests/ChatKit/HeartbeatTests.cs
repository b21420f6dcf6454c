using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task Case10_ALongSilence_IsFilledWithCommentsThatAreNoEvents()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = await ChatHost.StartAsync(fake: fakes => fakes.Clock = clock);
        var speak = new TaskCompletionSource();
        host.Model.Plan(_ => SilentAsync(speak.Task));
        using var stream = await host.OpenAsync(Body.Create("x"));
        await stream.UntilDeltaAsync("first");

        // The first period ends the noise, the next one is silent throughout; a beat that meets the writer just before its wait is left out.
        var next = stream.LineAsync();
        while (!next.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        var line = await next;
        var empty = await stream.LineAsync();
        speak.SetResult();
        var rest = await stream.ToEndAsync();

        Assert.Equal((": keep-alive", ""), (line, empty));
        Assert.Equal("thread.item.done", (string?)rest[^1]["type"]);
    }

    private static async IAsyncEnumerable<AotSidecar.Providers.Answers.ProviderEvent> SilentAsync(Task speak)
    {
        yield return Says.Delta("first");
        await speak.Soon();
        foreach (var one in Says.Text("second"))
        {
            yield return one;
        }
    }
}
