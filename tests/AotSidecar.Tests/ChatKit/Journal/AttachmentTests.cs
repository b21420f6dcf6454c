using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.Tests.ChatKit.Journal;

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
        home.Attachments.Bind(Image with { ThreadId = "thr_1" });

        await home.ReopenAsync();

        Assert.True(home.Attachments.TryGet("local", Image.Id, out var attachment, out var content));
        Assert.Equal(Image with { ThreadId = "thr_1" }, attachment);
        Assert.Equal(Content, content!.Value.ToArray());
        Assert.False(home.Attachments.TryGet("other", Image.Id, out _, out _));
    }

    [Fact]
    public async Task Attachment_OnlyAnnounced_CanBeUploadedAfterARestart()
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        await home.ReopenAsync();

        Assert.True(home.Attachments.TryGet("local", Image.Id, out _, out var none));
        Assert.Null(none);
        Assert.True(home.Attachments.TrySetContent(Image.Id, Image, Content));
        Assert.Equal(Content, home.Attachments.ReadContent(Image.Id)!.Value.ToArray());
    }

    [Fact]
    public async Task Attachments_OfADeletedThread_AreDeleted()
    {
        using var home = await DataHome.OpenAsync();
        home.Attachments.TryAdd("local", Image);
        home.Attachments.Bind(Image with { ThreadId = "thr_1" });
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
        home.Attachments.Bind(Image with { Id = "atc_2", ThreadId = "thr_1" });

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
        home.Attachments.Bind(Image with { ThreadId = "thr_1" });
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
        var store = new AttachmentStore(AttachmentArchive.Memory);
        var added = Enumerable.Range(0, AttachmentArchive.Memory.MaxCount).All(i => store.TryAdd("local", Image with { Id = $"atc_{i}" }));

        Assert.True(added);
        Assert.False(store.TryAdd("local", Image));
        store.Remove("local", "atc_0");
        Assert.True(store.TryAdd("local", Image));
    }
}
