using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.Tests.Storage;

public sealed class RoundTripTests
{
    [Fact]
    public void Samples_AreOfEveryKindOfItem()
    {
        var kinds = typeof(ThreadItem).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(static a => a.DerivedType).ToHashSet();

        var sampled = Samples.OfEveryKind("thr").Select(static item => item.GetType()).ToHashSet();

        Assert.Equal(kinds, sampled);
    }

    [Fact]
    public async Task Thread_WithEveryKindOfItem_IsTheSameAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(title: "Title \u2028 \" 😀");
        thread.UpdateHead(head => head with
        {
            Status = new LockedStatus("because"),
            AllowedImageDomains = ["a.example"],
            Metadata = JsonElement.Parse("""{"A":null}"""u8),
        });
        foreach (var item in Samples.OfEveryKind(thread.Id))
        {
            thread.Upsert(item, item is AssistantMessageItem or WorkflowItem ? Samples.Replay : null);
        }

        var before = Describe(thread);
        await home.ReopenAsync();

        var again = home.Find(thread.Id);
        Assert.Equal("""{"A":null}""", again.Head.Metadata.GetRawText());
        Assert.Equal(before, Describe(again));
    }

    [Fact]
    public async Task Replay_OfAReplacedItem_StaysUnlessANewOneIsGiven()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add();
        thread.Upsert(Samples.Message(thread, "one", "m1"), Samples.Replay);
        thread.Upsert(Samples.Message(thread, "two", "m1"));

        await home.ReopenAsync();
        var (item, replay) = Assert.Single(home.Find(thread.Id).History());

        Assert.Equal("two", ((UserMessageItem)item).Content[0].Text);
        Assert.Equal("final_answer", replay?.Phase);
    }

    [Fact]
    public async Task Changes_OfEveryKind_HaveTheSameEffectAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 6);
        var ids = thread.History().Select(static entry => entry.Item.Id).ToList();
        thread.Upsert(Samples.Message(thread, "replaced", ids[1]));
        Assert.True(thread.Remove(ids[0]));
        Assert.False(thread.Remove("unknown"));
        Assert.Equal(2, thread.RemoveAfter(ids[3]));
        Assert.Equal(0, thread.RemoveAfter("unknown"));

        var before = Describe(thread);
        await home.ReopenAsync();

        Assert.Equal([ids[1], ids[2], ids[3]], home.Find(thread.Id).History().Select(static entry => entry.Item.Id));
        Assert.Equal(before, Describe(home.Find(thread.Id)));
    }

    [Fact]
    public async Task Threads_OfEveryUser_AreThereInTheirOrderAndDeletedOnesAreNot()
    {
        using var home = await DataHome.OpenAsync();
        var (one, two, three, other) = (home.Add(1), home.Add(1), home.Add(1), home.Add(1, user: "other"));
        home.Threads.Remove("local", two.Id);
        home.Threads.Remove("local", other.Id);

        await home.ReopenAsync();
        var page = home.Threads.Page("local", 10, ascending: true, after: null)!;

        Assert.Equal([one.Id, three.Id], page.Data.Select(static thread => thread.Id));
        Assert.False(File.Exists(home.JournalOf(two.Id)));
        Assert.Equal(other.Id, Assert.Single(home.Threads.Page("other", 10, ascending: true, after: null)!.Data).Id);
    }

    [Fact]
    public async Task Thread_DeletedWhileItIsAnswered_DoesNotComeBack()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(1);
        home.Threads.Remove("local", thread.Id);

        thread.Upsert(Samples.Message(thread, "late"));
        thread.TryUnload();
        thread.Upsert(Samples.Message(thread, "later"));
        await home.ReopenAsync();

        Assert.Empty(home.Threads.Page("local", 10, ascending: true, after: null)!.Data);
        Assert.False(File.Exists(home.JournalOf(thread.Id)));
    }

    [Fact]
    public async Task Threads_WrittenByManyAtOnce_KeepEverythingOnce()
    {
        using var home = await DataHome.OpenAsync();
        var threads = Enumerable.Range(0, 4).Select(_ => home.Add()).ToList();

        await Parallel.ForEachAsync(Enumerable.Range(0, 800), CancellationToken.None, (i, _) =>
        {
            threads[i % 4].Upsert(Samples.Message(threads[i % 4], $"{i}", $"m{i}"));
            threads[(i + 1) % 4].TryUnload();
            return ValueTask.CompletedTask;
        });
        await home.ReopenAsync();

        var found = threads.SelectMany(thread => home.Find(thread.Id).History()).Select(static entry => entry.Item.Id).ToList();
        Assert.Equal(800, found.Count);
        Assert.Equal(Enumerable.Range(0, 800).Select(static i => $"m{i}").Order(), found.Order());
    }

    private static string Describe(StoredThread thread)
    {
        var items = thread.History().Select(static entry =>
            JsonSerializer.Serialize(entry.Item, ChatKitJson.Wire.ThreadItem)
            + (entry.Replay is null ? "" : JsonSerializer.Serialize(entry.Replay, JournalJson.Disk.Replay)));
        return JsonSerializer.Serialize(thread.ToWire(), ChatKitJson.Wire.ChatThread) + "\n" + string.Join('\n', items);
    }
}
