using System.Net;
using System.Net.Sockets;
using AotSidecar.Logging;
using AotSidecar.Process;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AotSidecar.Http;

/// <summary>Kestrel on one loopback port, with every limit set. Only the command line configures it.</summary>
internal static class LoopbackServer
{
    /// <summary>
    /// A builder that reads no file and no environment variable: a hostile workspace is a normal place to be started
    /// in.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(SidecarLoggerFactory logs)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Without this the builder would watch the content root recursively.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.Sources.Clear();

        // Removes host filtering (our gate also checks the port), forwarded headers (nobody may send them) and options
        // validation: none is needed, and each costs time per request or at the start.
        builder.Services.RemoveAll<IStartupFilter>();
        builder.Services.RemoveAll<IStartupValidator>();
        builder.Services.AddSingleton<ILoggerFactory>(logs);
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime>(new NoLifetime());
        builder.Services.Configure<SocketTransportOptions>(static sockets =>
        {
            // Write to the socket on the current thread instead of handing over to another. Our handlers never block.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.Services.Configure<HostOptions>(static options =>
        {
            // Longer than streams get (ServeCommand), so that ours ends first.
            options.ShutdownTimeout = TimeSpan.FromSeconds(4);
            options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.StopHost;
        });
        return builder;
    }

    /// <param name="port">0 for a free one.</param>
    public static void ListenOnLoopback(this WebApplicationBuilder builder, int port, ConnectionTable connections)
    {
        if (OperatingSystem.IsWindows())
        {
            builder.Services.Configure<SocketTransportOptions>(static options => options.CreateBoundListenSocket = BindExclusively);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.AllowHostHeaderOverride = false;

            // Otherwise Kestrel keeps the last Authorization value of each connection for reuse.
            kestrel.DisableStringReuse = true;
            kestrel.RequestHeaderEncodingSelector = PlainLength.Select;
            SetLimits(kestrel.Limits);
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => connections.ServeAsync(connection, next));
            });
        });
    }

    /// <exception cref="FatalException">With <c>port_in_use</c> or <c>listen_failed</c>.</exception>
    public static async Task<int> StartListeningAsync(WebApplication app, int port, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new FatalException(
                "port_in_use", ExitCode.CannotListen, $"port {port} is in use; choose another, or 0 for a free one");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new FatalException(
                "listen_failed", ExitCode.CannotListen, $"cannot listen on 127.0.0.1:{port}; try --port 0, or aotsidecar doctor");
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return new Uri(address).Port;
    }

    /// <summary>On Windows another process can bind a port that is in use, unless its owner forbids it.</summary>
    private static Socket BindExclusively(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.ExclusiveAddressUse = true;
            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetLimits(KestrelServerLimits limits)
    {
        var grace = TimeSpan.FromSeconds(5);

        // The connection table enforces the limit; the server's own would refuse the newest connection, even a trusted
        // one.
        limits.MaxConcurrentConnections = null;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = 1024 * 1024;
        limits.MaxRequestHeaderCount = 50;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestLineSize = 4096;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        limits.MinRequestBodyDataRate = new MinDataRate(240, grace);
        limits.MinResponseDataRate = new MinDataRate(240, grace);
        limits.MaxResponseBufferSize = 64 * 1024;
        limits.MaxRequestBufferSize = 256 * 1024;
    }

    /// <summary>
    /// <see cref="EndOfLife"/> handles the end of the process; the framework's console lifetime would take the signals.
    /// </summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
