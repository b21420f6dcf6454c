using AotSidecar.Bridge;
using AotSidecar.ChatKit;
using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.PassThrough;
using AotSidecar.Providers.Client;
using AotSidecar.Sessions;
using AotSidecar.Status;

namespace AotSidecar;

/// <summary>The composition root: the only file that names every slice.</summary>
internal static class SidecarHost
{
    /// <param name="process">What exists before the server: clock, logs, launch secret, bridge.</param>
    /// <param name="adjust">Tests swap the secret source, the provider and the clock here; nothing else may.</param>
    public static WebApplication Build(ServeOptions options, SidecarProcess process, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = LoopbackServer.CreateBuilder(process.Logs);
        builder.ListenOnLoopback(options.Port);
        builder.Services.AddHosting(process.Access, process.Secret, process.Counters, process.EndOfLife, process.Clock);
        builder.Services.AddBridge(process.Bridge);
        builder.Services.AddSessions(new SessionLimits(TimeSpan.FromSeconds(options.SessionLifetimeSeconds), options.MaxSessions));
        builder.Services.AddSingleton(new UpstreamOptions
        {
            DefaultUrl = options.UpstreamUrl,
            DefaultApi = options.UpstreamApi,
            DefaultModel = options.Model,
            Proxy = options.Proxy,
            Authorities = options.Authorities,
        });
        builder.Services.AddUpstream();
        builder.Services.AddChatKit(
            new ChatKitOptions
            {
                Instructions = options.Instructions,
                MaxToolRounds = options.ToolRounds,
                ToolTimeout = options.ToolTimeout,
                TitleModel = options.TitleModel,
            },
            process.Data);
        builder.Services.AddRelay();
        builder.Services.AddStatus();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseAddressGates();
        app.UseRouting();
        app.UseShapeGates();
        app.UseCredentialGate();
        app.MapHealth();
        app.MapSessions();
        app.MapChatKit();
        app.MapRelay();
        app.MapStatus();
        return app;
    }
}
