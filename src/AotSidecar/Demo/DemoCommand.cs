using AotSidecar.CommandLine;
using AotSidecar.Crypto;
using AotSidecar.Http;
using AotSidecar.Logging;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Demo;

/// <summary>
/// <c>aotsidecar demo</c>: host, sidecar and, without a key, provider in one process, connected by a real pipe and real
/// HTTP. Does the main job once and prints it, then serves the chat page until it is stopped.
/// </summary>
internal static class DemoCommand
{
    private const string FirstQuestion = "What are you?";

    /// <exception cref="FatalException">The demo cannot begin.</exception>
    public static async Task<int> RunAsync(DemoOptions options, TextWriter output, Stream stderr)
    {
        var clock = TimeProvider.System;
        var launchSecret = SystemRandom.GetBase64Url(32);
        using var cancellation = new CancellationTokenSource();
        using var quiet = new SidecarLoggerFactory(new StderrWriter(stderr), clock, LogLevel.Error, text: true);
        var apiKey = ReadKey();
        var echo = apiKey is null && !options.NamesProvider ? await EchoProvider.StartAsync(quiet, clock, cancellation.Token) : null;
        if (echo is not null)
        {
            options.Serve.UpstreamUrl = echo.BaseUrl;
            options.Serve.UpstreamApi = Secrets.ProviderApi.Responses;
            options.Serve.Model = "echo";
        }

        var secret = new LaunchSecret();
        secret.Set(launchSecret);

        // A local provider accepts any key, but needs one.
        await using var host = new DemoHost(secret, echo?.Key ?? apiKey ?? "no-key", clock, quiet.CreateLogger(typeof(DemoHost).FullName!));
        var hosting = host.RunAsync(cancellation.Token);
        options.Serve.Bridge = host.PipePath;
        await using var process = new SidecarProcess(options.Serve, stderr, clock);
        process.Secret.Set(launchSecret);
        process.EndOfLife.ListenForSignals();
        await process.OpenDataAsync(options.Serve, cancellation.Token);
        await using var sidecar = new SidecarHost(options.Serve, process);
        var page = CreatePage(sidecar, options.Serve, echo is not null);
        page.Map(sidecar.App);
        var port = await StartAsync(sidecar, options.Serve, process, cancellation.Token);
        var code = await ShowAsync(options, output, host, port, launchSecret, cancellation.Token);
        if (options.Ask is null && code == ExitCode.Ok)
        {
            await output.WriteLineAsync($"\n  chat page               http://127.0.0.1:{port}/#code={page.CreateCode()}\n  Ctrl-C stops the demo");
            await process.EndOfLife.Requested;
        }

        await cancellation.CancelAsync();
        await sidecar.App.StopAsync(CancellationToken.None);
        if (echo is not null)
        {
            await echo.DisposeAsync();
        }

        await hosting.WaitAsync(TimeSpan.FromSeconds(1), clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return code;
    }

    private static DemoPage CreatePage(SidecarHost sidecar, ServeOptions options, bool echoes) => new(
        sidecar.Mint,
        sidecar.Limits,
        sidecar.FailedAttempts,
        options.Model,
        echoes ? "The built-in echo model answers, offline and without a key." : $"Answers come from {options.UpstreamUrl.Host}.");

    private static async Task<int> StartAsync(SidecarHost sidecar, ServeOptions options, SidecarProcess process, CancellationToken cancellationToken)
    {
        var connected = process.Bridge.ConnectAsync(cancellationToken);
        var port = await LoopbackServer.StartListeningAsync(sidecar.App, options.Port, cancellationToken);
        process.Access.SetPort(port);

        // The page is served from here, so this is its origin.
        process.Access.Allow([$"http://127.0.0.1:{port}", $"http://localhost:{port}"], []);
        await connected;
        await process.Bridge.OpenAsync(port, sidecar.HostMethods, cancellationToken);
        return port;
    }

    /// <summary>Does the main job once, printing a line for each step.</summary>
    private static async Task<int> ShowAsync(
        DemoOptions options, TextWriter output, DemoHost host, int port, string launchSecret, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync($"{SidecarVersion.Name} {SidecarVersion.Text} demo\n");
        if (!await host.Proven.WaitAsync(cancellationToken))
        {
            throw new FatalException("bridge_untrusted", ExitCode.Bridge, "the sidecar could not prove itself to the demo's host");
        }

        await output.WriteLineAsync("  bridge proven           both ends know the launch secret, and neither sent it");
        using var client = new DemoClient(new Uri($"http://127.0.0.1:{port}"), launchSecret);
        var (id, token, seconds) = await client.MintAsync(cancellationToken);
        await output.WriteLineAsync($"  key id exchanged        \"{DemoHost.KeyId}\" for its key, over the pipe; it stays in memory");
        await output.WriteLineAsync($"  session minted          {id[..15]}… for {seconds} s");
        await output.WriteLineAsync($"  answer streaming        {options.Serve.Model}\n");
        await output.WriteLineAsync($"you: {options.Ask ?? FirstQuestion}\n");
        var problem = await client.AskAsync(token, options.Ask ?? FirstQuestion, async word =>
        {
            await output.WriteAsync(word);
            await output.FlushAsync(cancellationToken);
        }, cancellationToken);
        await output.WriteLineAsync(problem is null ? "" : $"\nerror: {problem}");
        return problem is null ? ExitCode.Ok : ExitCode.InternalError;
    }

    private static string? ReadKey()
    {
#pragma warning disable RS0030 // the one environment variable that is ever read, and only in the demo
        var key = Environment.GetEnvironmentVariable("OPENAI_API_KEY");
#pragma warning restore RS0030
        return string.IsNullOrWhiteSpace(key) ? null : key.Trim();
    }
}
