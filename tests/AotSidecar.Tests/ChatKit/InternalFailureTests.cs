using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

/// <summary>Bugs of our own: a 5xx would have the page send the request again, up to five times.</summary>
public sealed class InternalFailureTests
{
    [Fact]
    public async Task Case95_AFailureBeforeTheStream_GivesTheMessageBackWithOneErrorEvent()
    {
        await using var host = await ChatHost.StartAsync(archive: new BrokenArchive());

        var stream = await host.StreamAsync(Body.Create("x"));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal("""{"type":"error","code":"stream.error","allow_retry":false}""", stream.Last.ToJsonString());
    }

    private sealed class BrokenArchive : ThreadArchive
    {
        public override IReadOnlyList<StoredThread> Open() => [];

        public override ThreadLog LogOf(string threadId) => throw new InvalidOperationException("a bug");
    }
}
