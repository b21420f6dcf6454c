using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Storage;

namespace AotSidecar.Tests.Storage;

public sealed class DamageTests
{
    [Fact]
    public async Task Tail_CutAtEveryByteOfTheLastRecord_CostsOnlyThatRecord()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 2);
        var before = new FileInfo(home.JournalOf(thread.Id)).Length;
        thread.Upsert(Samples.Message(thread, "last"));
        home.Close();
        var whole = await File.ReadAllBytesAsync(home.JournalOf(thread.Id));

        for (var length = (int)before; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(home.JournalOf(thread.Id), whole[..length]);
            await home.ReopenAsync();
            Assert.Equal(["message 0", "message 1"], Texts(home.Find(thread.Id)));

            home.Find(thread.Id).Upsert(Samples.Message(thread, "new"));
            await home.ReopenAsync();
            Assert.Equal(["message 0", "message 1", "new"], Texts(home.Find(thread.Id)));
        }

        Assert.Equal(whole.Length - before - 1, home.Count("tail_cut"));
        Assert.Equal(0, home.Count("set_aside"));
    }

    [Fact]
    public async Task Tail_OfZeros_CostsNothing()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 2);
        home.Close();
        await File.AppendAllBytesAsync(home.JournalOf(thread.Id), new byte[4096]);

        await home.ReopenAsync();

        Assert.Equal(["message 0", "message 1"], Texts(home.Find(thread.Id)));
        Assert.Equal(1, home.Count("tail_cut"));
    }

    [Fact]
    public async Task Journal_WithAnyByteFlipped_LosesItsLastRecordOrIsSetAside()
    {
        using var home = await DataHome.OpenAsync();
        var bystander = home.Add(messages: 1);
        var thread = home.Add(messages: 2);
        var last = new FileInfo(home.JournalOf(thread.Id)).Length;
        thread.Upsert(Samples.Message(thread, "last"));
        home.Close();
        var (whole, index) = (await File.ReadAllBytesAsync(home.JournalOf(thread.Id)), await File.ReadAllBytesAsync(home.Index));

        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(home.JournalOf(thread.Id), flipped);
            await File.WriteAllBytesAsync(home.Index, index);
            await home.ReopenAsync();
            var found = home.Find(thread.Id);
            if (at >= last)
            {
                Assert.Equal(["message 0", "message 1"], Texts(found));
            }
            else
            {
                Assert.Equal(StorageFailure.Unreadable, Assert.Throws<StorageException>(() => Texts(found)).Reason);
                Assert.False(home.Threads.TryGet("local", thread.Id, out _));
                Assert.False(File.Exists(home.JournalOf(thread.Id)));
            }

            Assert.Equal(["message 0"], Texts(home.Find(bystander.Id)));
        }

        Assert.Equal(last, home.Count("set_aside"));
        Assert.Equal(last + home.Count("tail_cut"), Directory.GetFiles(home.SetAside).Length);
    }

    [Fact]
    public async Task Thread_SetAside_IsNotThereAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        var (damaged, sound) = (home.Add(messages: 3), home.Add(messages: 3));
        home.Close();
        var bytes = await File.ReadAllBytesAsync(home.JournalOf(damaged.Id));
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(home.JournalOf(damaged.Id), bytes);
        await home.ReopenAsync();
        Assert.Throws<StorageException>(() => home.Find(damaged.Id).Count);

        Assert.Equal(sound.Id, Assert.Single(home.Threads.Page("local", 10, ascending: true, after: null)!.Data).Id);
        await home.ReopenAsync();

        Assert.Equal(sound.Id, Assert.Single(home.Threads.Page("local", 10, ascending: true, after: null)!.Data).Id);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(home.SetAside))));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("damaged")]
    [InlineData("cut")]
    public async Task Index_ThatCannotBeTrusted_IsMadeAgainFromTheJournals(string state)
    {
        using var home = await DataHome.OpenAsync();
        var (one, two) = (home.Add(2, title: "one"), home.Add(2, title: "two", user: "other"));
        home.Close();
        var bytes = await File.ReadAllBytesAsync(home.Index);
        switch (state)
        {
            case "gone":
                File.Delete(home.Index);
                break;
            case "damaged":
                bytes[20] ^= 4;
                await File.WriteAllBytesAsync(home.Index, bytes);
                break;
            default:
                await File.WriteAllBytesAsync(home.Index, bytes[..^1]);
                break;
        }

        await home.ReopenAsync();
        Assert.Equal("two", home.Find(two.Id, "other").Head.Title ?? ReadTitle(home.Find(two.Id, "other")));
        await home.ReopenAsync();

        Assert.Equal(("one", "two"), (home.Find(one.Id).Head.Title, home.Find(two.Id, "other").Head.Title));
    }

    [Fact]
    public async Task JournalFile_ThatIsEmpty_IsNoThread()
    {
        using var home = await DataHome.OpenAsync();
        home.Close();
        var path = home.JournalOf(ItemIds.Create(ItemIds.Thread));
        await File.WriteAllBytesAsync(path, []);

        await home.ReopenAsync();

        Assert.Empty(home.Threads.Page("local", 10, ascending: true, after: null)!.Data);
        Assert.False(File.Exists(path));
        Assert.Equal(0, home.Count("set_aside"));
    }

    [Fact]
    public async Task Journal_OfAnotherThread_IsSetAside()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1);
        home.Close();
        File.Copy(home.JournalOf(thread.Id), home.JournalOf("thr_00000000000000000000000000000000"));

        await home.ReopenAsync();

        Assert.Equal(thread.Id, Assert.Single(home.Threads.Page("local", 10, ascending: true, after: null)!.Data).Id);
        Assert.Equal(1, home.Count("set_aside"));
    }

    private static string? ReadTitle(StoredThread thread)
    {
        _ = thread.Count;
        return thread.Head.Title;
    }

    private static List<string> Texts(StoredThread thread) =>
        [.. thread.History().Select(static entry => ((UserMessageItem)entry.Item).Content[0].Text)];
}
