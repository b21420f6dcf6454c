using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.Tests.Storage;

public sealed class SearchTests
{
    [Theory]
    [InlineData("PIPELINE", "title")]
    [InlineData("needle", "question")]
    [InlineData("straße", "answer")]
    [InlineData("quoted", "quote")]
    [InlineData("message", "plain")]
    public async Task Search_FindsTitlesAndVisibleText_WhateverTheirCase(string query, string expected)
    {
        using var home = await DataHome.OpenAsync();
        var threads = new Dictionary<string, StoredThread>
        {
            ["title"] = home.Add(title: "The pipeline"),
            ["question"] = With(home, thread => Samples.Message(thread, "where is the NEEDLE?")),
            ["answer"] = With(home, thread => Samples.Answer(thread, "in der STRAßE")),
            ["quote"] = With(home, thread => Samples.Message(thread, "see") with { QuotedText = "Quoted" }),
            ["plain"] = home.Add(messages: 2),
        };
        await home.ReopenAsync();

        var page = Search(home, query)!;

        Assert.Equal(threads[expected].Id, Assert.Single(page.Data).Id);
        Assert.False(page.HasMore);
    }

    [Fact]
    public async Task Search_PassesOverHiddenItemsAndOtherUsers()
    {
        using var home = await DataHome.OpenAsync();
        With(home, thread => new SdkHiddenContextItem { Id = "h", ThreadId = thread.Id, CreatedAt = thread.CreatedAt, Content = "secret" });
        home.Add(user: "other", title: "secret");

        Assert.Empty(Search(home, "secret")!.Data);
        Assert.Single(Search(home, "secret", user: "other")!.Data);
    }

    [Fact]
    public async Task Search_InPages_GoesFromTheNewestToTheOldestOnce()
    {
        using var home = await DataHome.OpenAsync();
        var ids = Enumerable.Range(0, 7).Select(i => home.Add(title: i % 2 == 0 ? $"even {i}" : "odd").Id).ToList();

        var found = new List<string>();
        string? after = null;
        do
        {
            var page = Search(home, "even", limit: 2, after: after)!;
            found.AddRange(page.Data.Select(static thread => thread.Id));
            Assert.InRange(page.Data.Count, 1, 2);
            after = page.After;
        }
        while (after is not null);

        Assert.Equal([ids[6], ids[4], ids[2], ids[0]], found);
        Assert.Null(Search(home, "even", after: "unknown"));
    }

    [Fact]
    public async Task Search_OfMoreThanItsTime_SaysWhereToGoOn()
    {
        using var home = await DataHome.OpenAsync();
        var oldest = home.Add(title: "wanted");
        var others = Enumerable.Range(0, 3).Select(_ => home.Add(title: "other")).ToList();
        home.Clock.AutoAdvanceAmount = TimeSpan.FromMilliseconds(300);

        var first = Search(home, "wanted")!;
        var second = Search(home, "wanted", after: first.After)!;

        Assert.Empty(first.Data);
        Assert.True(first.HasMore);
        Assert.Equal(others[1].Id, first.After);
        Assert.Equal(oldest.Id, Assert.Single(second.Data).Id);
    }

    [Fact]
    public async Task Search_OverADamagedThread_FindsTheOthers()
    {
        using var home = await DataHome.OpenAsync();
        var (damaged, sound) = (home.Add(messages: 3), home.Add(messages: 3));
        home.Close();
        var bytes = await File.ReadAllBytesAsync(home.JournalOf(damaged.Id));
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(home.JournalOf(damaged.Id), bytes);
        await home.ReopenAsync();

        var page = Search(home, "message")!;

        Assert.Equal(sound.Id, Assert.Single(page.Data).Id);
        Assert.Equal(1, home.Count("set_aside"));
    }

    private static Page<StoredThread>? Search(DataHome home, string text, string user = "local", int limit = 20, string? after = null) =>
        new ThreadSearch(home.Threads, home.Clock).Search(user, text, limit, after, CancellationToken.None);

    private static StoredThread With(DataHome home, Func<StoredThread, ThreadItem> item)
    {
        var thread = home.Add();
        thread.Upsert(item(thread));
        return thread;
    }
}
