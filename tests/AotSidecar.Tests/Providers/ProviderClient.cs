using System.Security.Cryptography.X509Certificates;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Providers;

/// <summary>The real client against a provider of a test's making, with its clock and its log in the test's hands.</summary>
internal sealed class ProviderClient : IDisposable
{
    public const string Key = "sk-secret-0123456789";

    private readonly ModelClient _client;

    public ProviderClient(Uri url, ProviderApi api = ProviderApi.Responses, OutboundProxy? proxy = null, X509Certificate2Collection? authorities = null)
    {
        Options = new UpstreamOptions { Proxy = () => proxy, Authorities = authorities };
        Provider = new Provider
        {
            Key = ApiKey.TryCreate(Key)!,
            BaseUrl = url,
            Api = api,
            DefaultModel = "gpt-5.1",
            Organization = "org-1",
        };
        Transport = new UpstreamTransport(Options, Timeouts, Clock);
        _client = new ModelClient(
            Transport,
            Timeouts,
            StreamLimits.Default,
            new EndpointWorkarounds(),
            new RefusedContent(),
            Clock,
            new ListLogger<ModelClient>(Log));
        Transcriptions = new TranscriptionClient(Transport, Timeouts, Clock, new ListLogger<TranscriptionClient>(Log));
    }

    public UpstreamOptions Options { get; }

    public Provider Provider { get; }

    public UpstreamTimeouts Timeouts { get; } = UpstreamTimeouts.Default;

    public BackOffClock Clock { get; } = new();

    public List<string> Log { get; } = [];

    public TranscriptionClient Transcriptions { get; }

    public UpstreamTransport Transport { get; }

    public static ModelRequest Question { get; } = new()
    {
        Model = "gpt-5.1",
        Input = [new InputItem.User([new InputPart.Text("Hi")])],
    };

    public IAsyncEnumerable<ProviderEvent> Stream(
        ModelRequest? request = null, CancellationToken cancellationToken = default) =>
        _client.StreamAsync(Provider, request ?? Question, cancellationToken);

    public Task<Transcript> AskAsync(ModelRequest? request = null) => Deadline.Within(AskUnboundedAsync(request));

    public void Dispose() => Transport.Dispose();

    private async Task<Transcript> AskUnboundedAsync(ModelRequest? request)
    {
        var transcript = new Transcript();
        await foreach (var next in Stream(request))
        {
            transcript.Add(next);
        }

        Assert.DoesNotContain(Log, line => line.Contains(Key, StringComparison.Ordinal));
        return transcript;
    }
}

/// <summary>Time that stands still, but for back-off: those waits are noted and over at once.</summary>
internal sealed class BackOffClock : FakeTimeProvider
{
    /// <summary>No back-off is longer, and no other wait that counts is shorter.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ErrorBody = UpstreamTimeouts.Default.ErrorBody;

    public List<TimeSpan> BackOffs { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime > Longest || dueTime == ErrorBody
            || dueTime == UpstreamTimeouts.Default.Connect || dueTime == StaggeredConnect.Delay)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        BackOffs.Add(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

/// <summary>Keeps what is logged, exceptions included.</summary>
internal sealed class ListLogger<T>(List<string> lines) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Add($"{eventId.Id} {formatter(state, exception)} {exception}");
}
