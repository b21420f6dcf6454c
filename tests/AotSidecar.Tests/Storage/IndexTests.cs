using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Storage;

namespace AotSidecar.Tests.Storage;

/// <summary>Whatever became of the index: title, status and metadata are what the journals say, and a change keeps them.</summary>
public sealed class IndexTests
{
    [Theory]
    [InlineData("without its last record")]
    [InlineData("torn")]
    [InlineData("older")]
    [InlineData("of an earlier version")]
    [InlineData("of another directory")]
    [InlineData("gone")]
    [InlineData("empty")]
    public async Task Head_WhateverBecameOfTheIndex_IsTheJournals(string damage)
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1, title: "old");
        home.Close();
        var older = await File.ReadAllBytesAsync(home.Index);
        await home.ReopenAsync();
        home.Find(thread.Id).UpdateHead(static head => head with
        {
            Title = "new",
            Status = new LockedStatus("why"),
            Metadata = JsonElement.Parse("""{"mine":1}"""),
        });
        _ = home.Add(messages: 1, title: "another");
        home.Close();
        await SpoilAsync(home, thread, older, damage);

        await home.ReopenAsync();
        Assert.Equal(("new", "why", 1), Describe(home.Find(thread.Id)));
        home.Find(thread.Id).UpdateHead(static head => head with { Title = "renamed" });
        Assert.Equal(("renamed", "why", 1), Describe(home.Find(thread.Id)));
        await home.ReopenAsync();

        Assert.Equal(("renamed", "why", 1), Describe(home.Find(thread.Id)));
        Assert.Equal(2, home.Threads.Page("local", 10, ascending: true, after: null)!.Data.Count);
    }

    [Fact]
    public async Task Index_ThatGivesAThreadToAnother_ShowsItToNeitherUntilItIsMadeAgain()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1, title: "mine");
        home.Close();
        await AppendAsync(home, $$"""{"version":1,"id":"{{thread.Id}}","user":"other","created_at":"2026-05-01T08:00:00.001Z"}""");
        await home.ReopenAsync();

        Assert.Empty(home.Threads.Page("other", 10, ascending: true, after: null)!.ToWire().Data);
        await home.ReopenAsync();

        Assert.Equal("mine", home.Find(thread.Id).Head.Title);
        Assert.False(home.Threads.TryGet("other", thread.Id, out _));
    }

    [Fact]
    public async Task List_WithADamagedThread_ShowsTheOthers()
    {
        using var home = await DataHome.OpenAsync();
        var (damaged, sound) = (home.Add(messages: 1, title: "one"), home.Add(messages: 1, title: "two"));
        home.Close();
        var bytes = await File.ReadAllBytesAsync(home.JournalOf(damaged.Id));
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(home.JournalOf(damaged.Id), bytes);
        await home.ReopenAsync();

        var listed = home.Threads.Page("local", 10, ascending: true, after: null)!.ToWire();

        Assert.Equal(sound.Id, Assert.Single(listed.Data).Id);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(home.SetAside))));
    }

    private static async Task SpoilAsync(DataHome home, StoredThread thread, byte[] older, string damage)
    {
        var now = await File.ReadAllBytesAsync(home.Index);
        var another = Encoding.UTF8.GetBytes("""{"id":"thr_00000000000000000000000000000001","user":"local","created_at":"2026-01-01T00:00:00Z"}""");
        switch (damage)
        {
            case "gone":
                File.Delete(home.Index);
                break;
            case "of an earlier version":
                await AppendAsync(home, $$$"""
                    {"id":"{{{thread.Id}}}","user":"local","created_at":"2026-05-01T08:00:00.001Z",
                     "head":{"title":"old","status":{"type":"active"},"metadata":{} } }
                    """);
                break;
            default:
                await File.WriteAllBytesAsync(home.Index, damage switch
                {
                    "older" or "without its last record" => older,
                    "torn" => now[..^3],
                    "of another directory" =>
                        [.. JournalRecord.Frame(RecordKind.Index, []).ToArray(), .. JournalRecord.Frame(RecordKind.IndexEntry, another).ToArray()],
                    _ => [],
                });
                break;
        }
    }

    private static async Task AppendAsync(DataHome home, string entry) => await File.AppendAllBytesAsync(
        home.Index, JournalRecord.Frame(RecordKind.IndexEntry, Encoding.UTF8.GetBytes(entry)).ToArray());

    private static (string?, string?, int?) Describe(StoredThread thread) => (
        thread.Head.Title,
        (thread.Head.Status as LockedStatus)?.Reason,
        thread.Head.Metadata.TryGetProperty("mine", out var mine) ? mine.GetInt32() : null);
}
