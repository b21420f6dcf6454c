using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Process;
using AotSidecar.Storage;

namespace AotSidecar.Tests.Storage;

public sealed class DirectoryTests
{
    private const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Directory700 = File600 | UnixFileMode.UserExecute;

    [Fact]
    public async Task Directory_InUse_RefusesTheSecondUntilTheFirstEnds()
    {
        using var home = await DataHome.OpenAsync();

        var second = home.LockAsync();
        while (!second.IsCompleted)
        {
            home.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        var refused = await Assert.ThrowsAsync<FatalException>(() => second);
        Assert.Equal(("data_dir_in_use", ExitCode.InternalError), (refused.Code, refused.ExitCode));
        home.Close();
        (await home.LockAsync()).Dispose();
    }

    [Fact]
    public async Task Directory_OfAProcessThatIsEnding_IsWaitedFor()
    {
        using var home = await DataHome.OpenAsync();

        var second = home.LockAsync();
        Assert.False(second.IsCompleted);
        home.Close();
        while (!second.IsCompleted)
        {
            home.Clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        (await second).Dispose();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("below a file")]
    public async Task Directory_ThatCannotBe_IsFatalWithAReason(string kind)
    {
        using var home = new DataHome();
        await File.WriteAllTextAsync(home.Path, "");

        var refused = await Assert.ThrowsAsync<FatalException>(() => DataDirectory.OpenAsync(
            kind == "file" ? home.Path : Path.Combine(home.Path, "data"),
            home.Counters, home.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None));

        Assert.Equal("data_dir_unusable", refused.Code);
    }

    /// <summary>On Windows the user's profile keeps others out, and a directory elsewhere is whoever's it is.</summary>
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task Directory_OfOthersThings_IsFatalWithAReason()
    {
        using var home = new DataHome();
        Directory.CreateDirectory(home.Path);
        await File.WriteAllTextAsync(Path.Combine(home.Path, "somebody's.txt"), "");

        var refused = await Assert.ThrowsAsync<FatalException>(home.LockAsync);

        Assert.Equal("data_dir_unusable", refused.Code);
    }

    [Fact]
    public async Task Files_AndDirectories_AreTheOwnersAlone()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1);
        home.Attachments.TryAdd("local", new AotSidecar.ChatKit.Protocol.FileAttachment { Id = "atc_1", Name = "a", MimeType = "b" });
        MakeGarbage(thread);
        await home.ReopenAsync();
        _ = home.Find(thread.Id).Count;

        var entries = Directory.EnumerateFileSystemEntries(home.Path, "*", SearchOption.AllDirectories).ToList();

        Assert.True(entries.Count >= 6, string.Join('\n', entries));
        Assert.All([home.Path, .. entries], static entry => Assert.True(IsPrivate(entry), entry));
    }

    [Fact]
    public async Task Journal_OfMostlyGarbage_IsWrittenAnewAndSaysTheSame()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 2, title: "kept");
        MakeGarbage(thread);
        var large = new FileInfo(home.JournalOf(thread.Id)).Length;
        await home.ReopenAsync();

        var ids = home.Find(thread.Id).History().Select(static entry => entry.Item.Id);

        Assert.Equal(3, ids.Count());
        Assert.InRange(new FileInfo(home.JournalOf(thread.Id)).Length, 1, large / 10);
        home.Find(thread.Id).Upsert(Samples.Message(thread, "after"));
        await home.ReopenAsync();
        Assert.Equal(("kept", 4), (home.Find(thread.Id).Head.Title, home.Find(thread.Id).Count));
    }

    [Fact]
    public async Task Index_OfMostlyGarbage_IsWrittenAnew()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(title: "kept");
        for (var i = 0; i < 500; i++)
        {
            home.Threads.Remove("local", home.Add().Id);
        }

        var large = new FileInfo(home.Index).Length;
        await home.ReopenAsync();

        Assert.Equal("kept", home.Find(thread.Id).Head.Title);
        Assert.InRange(new FileInfo(home.Index).Length, 1, large / 10);
    }

    [Fact]
    public async Task Compaction_CutShort_LeavesNothingBehind()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1);
        home.Close();
        await File.WriteAllTextAsync(home.JournalOf(thread.Id) + ".new", "half");
        await File.WriteAllTextAsync(home.JournalOfAttachment("atc_1") + ".new", "half");

        await home.ReopenAsync();

        Assert.Equal(1, home.Find(thread.Id).Count);
        Assert.Empty(Directory.GetFiles(home.Path, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Thread_ThatCannotBeKept_DoesNotComeToBe()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Threads.Create("local");
        Directory.Delete(Path.Combine(home.Path, "threads"));
        await File.WriteAllTextAsync(Path.Combine(home.Path, "threads"), "");

        Assert.Equal(StorageFailure.Failed, Assert.Throws<StorageException>(() => home.Threads.TryAdd(thread)).Reason);

        Assert.False(home.Threads.TryGet("local", thread.Id, out _));
        Assert.Equal(1, home.Count("failed"));
    }

    [Fact]
    public async Task Items_OfEarlierRuns_AreReadWhenTheyAreNeeded()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 3, title: "listed");
        home.Close();
        var journal = await File.ReadAllBytesAsync(home.JournalOf(thread.Id));
        var spoilt = (byte[])journal.Clone();
        spoilt[^100] ^= 1;
        await File.WriteAllBytesAsync(home.JournalOf(thread.Id), spoilt);
        await home.ReopenAsync();

        var listed = Assert.Single(home.Threads.Page("local", 10, ascending: false, after: null)!.Data);

        Assert.Equal("listed", listed.Head.Title);
        await File.WriteAllBytesAsync(home.JournalOf(thread.Id), journal);
        Assert.Equal(3, listed.Count);
    }

    [Fact]
    public async Task Threads_MoreThanTheBound_LeaveMemoryAndComeBack()
    {
        using var home = await DataHome.OpenAsync();
        var threads = Enumerable.Range(0, LoadedThreads.MaxThreads + 10).Select(_ => home.Add(messages: 1)).ToList();
        var (oldest, newest) = (threads[0], threads[^1]);
        AppendBehindItsBack(home, oldest);
        AppendBehindItsBack(home, newest);

        Assert.Equal(2, oldest.Count);
        Assert.Equal(1, newest.Count);
    }

    [Fact]
    public async Task Thread_ThatIsBeingAnswered_StaysInMemory()
    {
        using var home = await DataHome.OpenAsync();
        var thread = home.Add(messages: 1);
        Assert.True(thread.TryBeginStreaming());

        Assert.False(thread.TryUnload());
        thread.EndStreaming();

        Assert.True(thread.TryUnload());
        Assert.Equal(1, thread.Count);
    }

    /// <summary>On Windows access comes from the profile's directory.</summary>
    private static bool IsPrivate(string path) =>
        OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (Directory.Exists(path) ? Directory700 : File600);

    private static void AppendBehindItsBack(DataHome home, StoredThread thread)
    {
        var payload = JournalJson.WriteItem(Samples.Message(thread, "behind"), replay: null);
        File.AppendAllBytes(home.JournalOf(thread.Id), JournalRecord.Frame(RecordKind.Item, payload.Span).ToArray());
    }

    private static void MakeGarbage(StoredThread thread)
    {
        for (var i = 0; i < 100; i++)
        {
            thread.Upsert(Samples.Message(thread, new string('x', 2000), "again"));
        }
    }
}
