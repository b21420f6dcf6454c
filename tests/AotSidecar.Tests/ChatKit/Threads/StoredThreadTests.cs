using System.Globalization;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.Storage;

namespace AotSidecar.Tests.ChatKit.Threads;

public sealed class StoredThreadTests
{
    private const int Updates = 4000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UpdateHead_OfDifferentMembersAtOnce_LosesNone(bool onDisk)
    {
        using var home = await DataHome.OpenAsync();
        var thread = onDisk ? home.Add() : new StoredThread("thr_1", "local", home.Clock.GetUtcNow().UtcDateTime);

        await Task.WhenAll(
            Task.Run(() => Repeat(i => thread.UpdateHead(head => head with { Title = Text(i) }))),
            Task.Run(() => Repeat(i => thread.UpdateHead(head => head with { Status = new LockedStatus(Text(i)) }))),
            Task.Run(() => Repeat(_ => thread.UpdateHead(Counted))));

        Assert.Equal(Last(Updates), Describe(thread.Head));
        if (onDisk)
        {
            await home.ReopenAsync();
            Assert.Equal(Last(Updates), Describe(home.Find(thread.Id).Head));
        }
    }

    [Fact]
    public void UpdateHead_ThatChangesNothing_ReturnsTheHeadAsItIs()
    {
        var thread = new StoredThread("thr_1", "local", DateTime.UnixEpoch);
        thread.UpdateHead(head => head with { Title = "T" });

        Assert.Equal("T", thread.UpdateHead(static head => head).Title);
    }

    /// <summary>Each update adds one, so that a lost one is missing in the end.</summary>
    private static ThreadHead Counted(ThreadHead head)
    {
        var count = head.Metadata.TryGetProperty("n", out var n) ? n.GetInt32() : 0;
        return head with { Metadata = JsonElement.Parse($$"""{"n":{{count + 1}} }""") };
    }

    private static void Repeat(Action<int> update)
    {
        for (var i = 1; i <= Updates; i++)
        {
            update(i);
        }
    }

    private static (string?, string?, int) Last(int n) => (Text(n), Text(n), n);

    private static (string?, string?, int) Describe(ThreadHead head) =>
        (head.Title, (head.Status as LockedStatus)?.Reason, head.Metadata.GetProperty("n").GetInt32());

    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
}
