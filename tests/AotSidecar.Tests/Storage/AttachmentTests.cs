using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Http;

namespace AotSidecar.Tests.Storage;

public sealed class AttachmentTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * 7))];

    private static readonly ImageAttachment Image = new()
    {
        Id = "atc_1",
        Name = "a.png",
        MimeType = "image/png",
        PreviewUrl = "data:image/png;base64,AA==",
    };

    [Fact]
    public async Task Attachment_UploadedAndSent_IsTheSameAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        Assert.True(home.Attachments.TryAdd("local", Image with { UploadDescriptor = new UploadDescriptor("http://a", "PUT", new Dictionary<string, string>()) }));
        Assert.True(home.Attachments.TrySetContent(Image.Id, Image, Content));
        Assert.Equal(TakeResult.Taken, home.Attachments.Take("local", Image.Id, Image with { ThreadId = "thr_1" }));

        await home.ReopenAsync();

        Assert.True(home.Attachments.TryGet("local", Image.Id, out var attachment, out var hasContent));
        Assert.Equal(Image with { ThreadId = "thr_1" }, attachment);
        Assert.True(hasContent);
        Assert.Equal(Content, home.Attachments.ReadContent(Image.Id)!.Value.ToArray());
        Assert.False(home.Attachments.TryGet("other", Image.Id, out _, out _));
    }

    [Fact]
    public async Task Attachment_OnlyAnnounced_CanBeUploadedAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        await home.ReopenAsync();

        Assert.True(home.Attachments.TryGet("local", Image.Id, out _, out var hasContent));
        Assert.False(hasContent);
        Assert.True(home.Attachments.TrySetContent(Image.Id, Image, Content));
        Assert.Equal(Content, home.Attachments.ReadContent(Image.Id)!.Value.ToArray());
    }

    [Fact]
    public async Task Attachments_OfADeletedThread_AreDeleted()
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        Assert.Equal(TakeResult.Taken, home.Attachments.Take("local", Image.Id, Image with { ThreadId = "thr_1" }));
        home.Attachments.TryAdd("local", Image with { Id = "atc_2" });
        await home.ReopenAsync();

        home.Attachments.RemoveOfThread("local", "thr_1");
        home.Attachments.Remove("other", "atc_2");

        Assert.Equal([home.JournalOfAttachment("atc_2")], Directory.GetFiles(Path.GetDirectoryName(home.JournalOfAttachment(""))!));
    }

    [Fact]
    public async Task Attachment_NeverSent_GoesAfterAWeek()
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        home.Attachments.TryAdd("local", Image with { Id = "atc_2" });
        home.Attachments.Take("local", "atc_2", Image with { Id = "atc_2", ThreadId = "thr_1" });

        home.Clock.Advance(TimeSpan.FromDays(6));
        await home.ReopenAsync();
        Assert.True(home.Attachments.TryGet("local", Image.Id, out _, out _));
        home.Clock.Advance(TimeSpan.FromDays(2));
        await home.ReopenAsync();

        Assert.False(home.Attachments.TryGet("local", Image.Id, out _, out _));
        Assert.True(home.Attachments.TryGet("local", "atc_2", out _, out _));
        Assert.False(File.Exists(home.JournalOfAttachment(Image.Id)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    [InlineData(50_000)]
    public async Task Attachment_WithADamagedFile_IsNotThere(int at)
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        home.Attachments.TrySetContent(Image.Id, Image, Content);
        Assert.Equal(TakeResult.Taken, home.Attachments.Take("local", Image.Id, Image with { ThreadId = "thr_1" }));
        home.Close();
        var bytes = await File.ReadAllBytesAsync(home.JournalOfAttachment(Image.Id));
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(home.JournalOfAttachment(Image.Id), bytes);
        await home.ReopenAsync();

        Assert.False(home.Attachments.TryGet("local", Image.Id, out _, out _));
        Assert.Null(home.Attachments.ReadContent(Image.Id));
        Assert.Equal(1, home.Count("set_aside"));
    }

    [Fact]
    public void Attachments_InMemory_AreBoundedInNumber()
    {
        var archive = AttachmentArchive.InMemory(MemoryBudget.Unlimited);
        var store = new AttachmentStore(archive);
        var added = Enumerable.Range(0, archive.MaxCountOfUser).All(i => store.TryAdd("local", Image with { Id = $"atc_{i}" }));

        Assert.True(added);
        Assert.False(store.TryAdd("local", Image));
        Assert.True(store.TryAdd("another", Image with { Id = "atc_a" }));
        store.Remove("local", "atc_0");
        Assert.True(store.TryAdd("local", Image));
    }

    [Fact]
    public void Attachments_InMemory_AreBoundedInBytesForEachUserAndForAll()
    {
        var budget = new MemoryBudget(TimeProvider.System);
        var store = new AttachmentStore(AttachmentArchive.InMemory(budget));
        var file = new byte[10 * 1024 * 1024];

        Assert.True(TryUpload("local", "atc_1"));
        Assert.True(TryUpload("local", "atc_2"));
        Assert.False(TryUpload("local", "atc_3"));
        Assert.True(TryUpload("another", "atc_4"));
        Assert.InRange(budget.Kept, 3 * file.Length, 3.1 * file.Length);
        store.Remove("local", "atc_1");
        Assert.True(TryUpload("local", "atc_5"));

        bool TryUpload(string user, string id) =>
            store.TryAdd(user, Image with { Id = id }) && store.TrySetContent(id, Image with { Id = id }, file);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Attachment_OfAnotherThread_IsCopied(bool onDisk)
    {
        using var home = await DataHome.OpenAsync();
        var store = onDisk ? home.Attachments : new AttachmentStore(AttachmentArchive.InMemory(MemoryBudget.Unlimited));
        store.TryAdd("local", Image);
        store.TrySetContent(Image.Id, Image, Content);
        store.Take("local", Image.Id, Image with { ThreadId = "thr_1" });

        Assert.Equal(TakeResult.Taken, store.Take("local", Image.Id, Image with { Id = "atc_2", ThreadId = "thr_2" }));
        store.RemoveOfThread("local", "thr_1");

        Assert.Equal(Content, store.ReadContent("atc_2")!.Value.ToArray());
        Assert.True(store.TryGet("local", "atc_2", out var copy, out _));
        Assert.Equal("thr_2", copy.ThreadId);
        Assert.Equal(TakeResult.Gone, store.Take("local", Image.Id, Image with { Id = "atc_3", ThreadId = "thr_3" }));
    }

    [Fact]
    public void Attachment_OfTwoFirstMessagesAtOnce_IsInTheFirst()
    {
        var store = new AttachmentStore(AttachmentArchive.InMemory(MemoryBudget.Unlimited));
        store.TryAdd("local", Image);
        store.TrySetContent(Image.Id, Image, Content);

        Assert.Equal(TakeResult.Taken, store.Take("local", Image.Id, Image with { ThreadId = "thr_1" }));
        Assert.Equal(TakeResult.TakenByAnother, store.Take("local", Image.Id, Image with { ThreadId = "thr_2" }));

        Assert.True(store.TryGet("local", Image.Id, out var kept, out _));
        Assert.Equal("thr_1", kept.ThreadId);
    }
}
