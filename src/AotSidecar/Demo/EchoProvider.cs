using System.Net;
using System.Text;
using System.Text.Json;
using AotSidecar.Crypto;
using AotSidecar.Http;
using AotSidecar.Logging;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AotSidecar.Demo;

/// <summary>
/// The built-in model: a provider on another loopback port that speaks the Responses API and echoes the question. The
/// demo works offline, and everything between page and provider is real.
/// </summary>
internal sealed class EchoProvider(WebApplication app, string key, Uri baseUrl) : IAsyncDisposable
{
    private const int MaxBody = 8 * 1024 * 1024;

    public string Key { get; } = key;

    public Uri BaseUrl { get; } = baseUrl;

    public static async Task<EchoProvider> StartAsync(SidecarLoggerFactory logs, TimeProvider clock, CancellationToken cancellationToken)
    {
        var key = $"echo-{SystemRandom.GetHex(16)}";
        var builder = LoopbackServer.CreateBuilder(logs);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, key, clock));
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new EchoProvider(app, key, new Uri($"{address}/v1"));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, string key, TimeProvider clock)
    {
        var response = context.Response;
        if (context.Request.Headers.Authorization != $"Bearer {key}" || context.Request.Path != "/v1/responses")
        {
            response.StatusCode = context.Request.Path == "/v1/responses" ? 401 : 404;
            return;
        }

        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        response.ContentType = "text/event-stream";
        foreach (var (pause, json) in EchoScript.For(body.RootElement))
        {
            await Task.Delay(pause, clock, context.RequestAborted);
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {json}\n\n"), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
