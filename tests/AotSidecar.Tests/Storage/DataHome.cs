using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.Http;
using AotSidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Storage;

/// <summary>A data directory of a test, opened and opened again as by one process after the other.</summary>
internal sealed class DataHome : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aot-data-").FullName;
    private DataDirectory? _directory;
    private JournalArchive? _archive;

    public DataHome() => Path = System.IO.Path.Combine(_folder, "data");

    public string Path { get; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 5, 1, 8, 0, 0, TimeSpan.Zero));

    public MemoryBudget Budget { get; set; } = MemoryBudget.Unlimited;

    public RequestCounters Counters { get; } = new();

    public ThreadStore Threads { get; private set; } = null!;

    public AttachmentStore Attachments { get; private set; } = null!;

    public string SetAside => System.IO.Path.Combine(Path, "set-aside");

    public string Index => System.IO.Path.Combine(Path, "threads.index");

    public static async Task<DataHome> OpenAsync()
    {
        var home = new DataHome();
        await home.ReopenAsync();
        return home;
    }

    public string JournalOf(string threadId) => System.IO.Path.Combine(Path, "threads", threadId + ".journal");

    public string JournalOfAttachment(string id) => System.IO.Path.Combine(Path, "attachments", id + ".journal");

    public Task<DataDirectory> LockAsync() =>
        DataDirectory.OpenAsync(Path, Counters, Clock, NullLogger.Instance, CancellationToken.None);

    public async Task ReopenAsync()
    {
        Close();
        _directory = await LockAsync();
        _archive = new JournalArchive(_directory, Budget);
        Threads = new ThreadStore(Clock, _archive);
        Attachments = new AttachmentStore(new JournalAttachments(_directory, Clock));
    }

    public void Close()
    {
        _archive?.Dispose();
        _directory?.Dispose();
        (_archive, _directory) = (null, null);
    }

    /// <summary>A thread that is kept, with as many messages.</summary>
    public StoredThread Add(int messages = 0, string user = "local", string? title = null)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var thread = Threads.Create(user);
        Assert.True(Threads.TryAdd(thread));
        if (title is not null)
        {
            thread.UpdateHead(head => head with { Title = title });
        }

        for (var i = 0; i < messages; i++)
        {
            thread.Upsert(Samples.Message(thread, $"message {i}"));
        }

        return thread;
    }

    public StoredThread Find(string threadId, string user = "local") =>
        Threads.TryGet(user, threadId, out var thread) ? thread : throw new InvalidOperationException($"{threadId} is not there");

    public long Count(string label) =>
        Counters.Snapshot().Where(counter => counter is { Name: "storage" } && counter.Label == label).Sum(static counter => counter.Value);

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }
}
