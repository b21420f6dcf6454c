using AotSidecar.Bridge;
using AotSidecar.ChatKit;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Tools;
using AotSidecar.ChatKit.Turns;
using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.PassThrough;
using AotSidecar.Process;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using AotSidecar.Status;

namespace AotSidecar;

/// <summary>
/// The composition root: the only file that names every slice. Objects are made with <c>new</c>, in the order in which
/// they need each other; ASP.NET's container holds only what ASP.NET itself asks it for.
/// </summary>
internal sealed class SidecarHost : IAsyncDisposable
{
    private readonly UpstreamTransport _transport;
    private readonly ThreadArchive _archive;
    private readonly ConnectionTable _connections;

    /// <param name="process">Created before the server: clock, logs, launch secret, bridge.</param>
    /// <param name="fakes">Only tests have any.</param>
    public SidecarHost(ServeOptions options, SidecarProcess process, Boundaries? fakes = null)
    {
        var (clock, logs, counters) = (process.Clock, process.Logs, process.Counters);
        var builder = LoopbackServer.CreateBuilder(logs);
        _connections = new ConnectionTable(clock);
        builder.ListenOnLoopback(options.Port, _connections);
        App = builder.Build();
        IdleMemory = new IdleMemory(clock, IdleMemory.Collect);

        // Sessions
        Limits = new SessionLimits(TimeSpan.FromSeconds(options.SessionLifetimeSeconds), options.MaxSessions);
        Sessions = new SessionStore(Limits, process.Access, clock, logs.CreateLogger<SessionStore>());
        var host = fakes?.Host ?? process.Bridge;
        var defaults = new ProviderDefaults(options.UpstreamUrl, options.UpstreamApi, options.Model);
        var secrets = fakes?.Secrets ?? new BridgeSecretSource(host, defaults, logs.CreateLogger<BridgeSecretSource>());
        Mint = new SessionMint(Sessions, secrets, process.EndOfLife, counters, clock, logs.CreateLogger<SessionMint>());

        // Providers: nothing is connected or loaded before the first request.
        var upstream = new UpstreamOptions { Proxy = () => options.Proxy, Authorities = options.Authorities };
        var timeouts = UpstreamTimeouts.Default;
        _transport = new UpstreamTransport(upstream, timeouts, clock);
        var trust = new TrustStore(clock);
        var models = fakes?.Models ?? new ModelClient(
            _transport, timeouts, StreamLimits.Default, new EndpointWorkarounds(), new RefusedContent(), clock,
            logs.CreateLogger<ModelClient>());
        var transcription = new TranscriptionClient(_transport, timeouts, clock, logs.CreateLogger<TranscriptionClient>());

        // ChatKit
        var chat = new ChatKitOptions
        {
            Instructions = options.Instructions,
            MaxToolRounds = options.ToolRounds,
            ToolTimeout = options.ToolTimeout,
            TitleModel = options.TitleModel,
            DeltaInterval = options.DeltaInterval,
        };
        var memory = new MemoryBudget(clock);
        _archive = fakes?.Archive
            ?? (process.Data is { } data ? new JournalArchive(data, memory) : ThreadArchive.InMemory(memory));
        Threads = new ThreadStore(clock, _archive);
        Attachments = new AttachmentStore(
            process.Data is { } directory ? new JournalAttachments(directory, clock) : AttachmentArchive.InMemory(memory));
        var uploads = new AttachmentUploads(Attachments, memory);
        var catalog = new HostToolCatalog(host, Mint, clock, logs.CreateLogger<HostToolCatalog>());
        var runningTools = new RunningTools();
        var tools = new HostTools(host, runningTools, chat, clock, logs.CreateLogger<HostTools>());
        var titles = new ThreadTitles(models, chat, App.Lifetime, clock, logs.CreateLogger<ThreadTitles>());
        var turn = new ModelTurn(
            models, host, new ModelInput(Attachments), catalog, tools, titles, memory, chat, clock, logs.CreateLogger<ModelTurn>());
        var actions = new HostActions(host, clock, logs.CreateLogger<HostActions>());
        var operations = new StreamingOperations(Threads, Attachments, turn, actions, memory);
        var runner = new TurnRunner(
            operations, new RefusedOperations(Threads, Attachments), Threads, Sessions, Streams, counters, chat, clock, logs.CreateLogger<TurnRunner>());
        var chatKit = new ChatKitEndpoints(
            new JsonOperations(Threads, Attachments, uploads, actions, transcription, Sessions),
            runner, _archive, trust, memory, chat);

        // The gates, in the order in which they are asked; then the endpoints.
        var guard = new ResponseGuard(counters, IdleMemory, logs.CreateLogger<ResponseGuard>());
        var gates = new RequestGates(process.Access, logs.CreateLogger<RequestGates>());
        FailedAttempts = new FailedAttempts(clock);
        var credentials = new CredentialGate(process.Secret, Sessions, FailedAttempts, logs.CreateLogger<CredentialGate>());
        App.Use(next => context => guard.InvokeAsync(context, next));
        App.Use(next => context => gates.CheckAddressAsync(context, next));
        App.UseRouting();
        App.Use(next => context => gates.CheckShapeAsync(context, next));
        App.Use(next => context => credentials.CheckAsync(context, next));
        App.MapHealth();
        new SessionEndpoints(Mint, Sessions, Limits, clock, logs.CreateLogger<SessionEndpoints>()).Map(App);
        chatKit.Map(App);
        uploads.Map(App);
        new ThreadSearch(Threads, clock).Map(App);
        new RelayEndpoints(new ProviderRelay(
            _transport, Sessions, Streams, counters, clock, logs.CreateLogger<ProviderRelay>())).Map(App);
        new StatusEndpoints(Sessions, Streams, counters, process.Bridge, logs, memory, clock).Map(App);

        HostMethods =
        [
            new CreateSessionMethod(Mint, Limits, clock),
            new RevokeSessionMethod(Sessions, Mint, logs.CreateLogger<RevokeSessionMethod>()),
            new SecretChangedMethod(Mint, logs.CreateLogger<SecretChangedMethod>()),
            new AllowAccessMethod(process.Access),
            new ToolsChangedMethod(catalog),
            new ToolProgressMethod(runningTools, counters, clock),
            new SetLogLevelMethod(logs, logs.CreateLogger<SetLogLevelMethod>()),
            new ShutdownMethod(process.EndOfLife),
        ];
    }

    public WebApplication App { get; }

    /// <summary>What the extension host may call over the bridge.</summary>
    public IReadOnlyList<IHostMethod> HostMethods { get; }

    public RunningStreams Streams { get; } = new();

    public SessionLimits Limits { get; }

    public SessionStore Sessions { get; }

    public SessionMint Mint { get; }

    public ThreadStore Threads { get; }

    public AttachmentStore Attachments { get; }

    public FailedAttempts FailedAttempts { get; }

    public IdleMemory IdleMemory { get; }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        (_archive as IDisposable)?.Dispose();
        _transport.Dispose();
        Sessions.Dispose();
        Streams.Dispose();
        _connections.Dispose();
        IdleMemory.Dispose();
    }

    /// <summary>The process's boundaries, for tests to replace; null keeps the real one.</summary>
    internal sealed record Boundaries(
        IExtensionHost? Host = null, ISecretSource? Secrets = null, IModelClient? Models = null, ThreadArchive? Archive = null);
}
