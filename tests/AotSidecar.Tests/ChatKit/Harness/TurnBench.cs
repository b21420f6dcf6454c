using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;
using AotSidecar.Providers.Answers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>A pipeline over a thread, without a server: what it writes is read back strictly.</summary>
internal sealed class TurnBench : IAsyncDisposable
{
    private readonly DefaultHttpContext _context = new();
    private readonly MemoryStream _body = new();

    public TurnBench(StoredThread? thread = null, TimeSpan deltaInterval = default)
    {
        _context.Response.Body = _body;
        Threads = new ThreadStore(Clock, ThreadArchive.None);
        Thread = thread ?? Threads.Create("local");
        Stream = EventStream.Start(_context, Clock, deltaInterval);
        Pipeline = new TurnPipeline(Thread, Threads, Stream);
        Workflow = new WorkflowWriter(Pipeline, Clock);
        Mapper = new ProviderEventMapper(Pipeline, Workflow, new AnswerRoom(MemoryBudget.Unlimited));
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 2, 16, 2, 326, 651, TimeSpan.Zero));

    public ThreadStore Threads { get; }

    public StoredThread Thread { get; }

    public EventStream Stream { get; }

    public TurnPipeline Pipeline { get; }

    public WorkflowWriter Workflow { get; }

    public ProviderEventMapper Mapper { get; }

    public void Map(params ReadOnlySpan<ProviderEvent> events)
    {
        foreach (var one in events)
        {
            Mapper.Map(one);
        }
    }

    /// <summary>Everything written so far.</summary>
    public async Task<Transcript> ReadAsync()
    {
        await Stream.FlushAsync(CancellationToken.None);
        return new Transcript(StrictEvents.Parse(_body.ToArray()), System.Text.Encoding.UTF8.GetString(_body.ToArray()));
    }

    /// <summary>What has gone to the page; what is only held is not there yet.</summary>
    public IReadOnlyList<string> SentDeltas() =>
        [.. StrictEvents.Parse(_body.ToArray()).Select(static one => (string?)one["update"]?["delta"]).OfType<string>()];

    public IReadOnlyList<string> SentThoughts() =>
        [.. StrictEvents.Parse(_body.ToArray()).Select(static one => (string?)one["update"]?["task"]?["content"]).OfType<string>()];

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
