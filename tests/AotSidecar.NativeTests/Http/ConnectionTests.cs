using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Http;

/// <summary>How many may connect, and where to: docs/security.md#rows-h-http, H36, H39 and H40.</summary>
public sealed class ConnectionTests
{
    // the server's documented limit
    private const int MostConnections = 64;

    [Fact]
    public async Task Connection_OverTheLimit_IsClosedWhileAStreamGoesOn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = exchange => ResponsesStream.WordsAsync(
            exchange, index => index == 1 ? release.Task : Task.CompletedTask, "one", " two");
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.UntilDeltaAsync();

        var idle = new List<RawConnection>();
        for (var count = 1; count < MostConnections; count++)
        {
            idle.Add(await sidecar.ConnectAsync());
        }

        using var excess = await sidecar.ConnectAsync();
        var closed = await excess.ClosesAsync();
        release.SetResult();
        await stream.ToEndAsync();
        idle.ForEach(connection => connection.Dispose());

        Assert.True(closed);
        Assert.Equal("one two", stream.Deltas);
        Assert.True(stream.EndedCleanly);
    }

    [Fact]
    public async Task Port_OnAnotherLocalAddress_IsNotBound()
    {
        await using var sidecar = await Sidecar.StartAsync();

        // macOS has but one loopback address
        System.Net.IPAddress[] loopback = OperatingSystem.IsMacOS() ? [] : [System.Net.IPAddress.Parse("127.0.0.2")];
        var addresses = Listeners.OwnAddresses().Concat(loopback);

        foreach (var address in addresses)
        {
            await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(
                async () => (await RawConnection.OpenAsync(sidecar.Port, address)).Dispose());
        }
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Configuration_OfAHostileFolderAndEnvironment_ChangesNothing()
    {
        var folder = Directory.CreateTempSubdirectory("aot-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "appsettings.json"),
            """{"Kestrel":{"Endpoints":{"Evil":{"Url":"http://0.0.0.0:0"}}},"urls":"http://0.0.0.0:0","AllowedHosts":"*"}""");
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = "http://0.0.0.0:0",
            ["DOTNET_URLS"] = "http://0.0.0.0:0",
            ["ASPNETCORE_HTTP_PORTS"] = "0",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Kestrel__Endpoints__Evil__Url"] = "http://0.0.0.0:0",
            ["Logging__LogLevel__Default"] = "Trace",
            ["http_proxy"] = "http://127.0.0.1:9",
            ["HTTPS_PROXY"] = "http://127.0.0.1:9",
            ["ALL_PROXY"] = "http://127.0.0.1:9",
        };

        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { WorkingDirectory = folder.FullName, Environment = environment },
        });
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.ToEndAsync();
        var descriptors = await Descriptors.OfAsync(sidecar.Process.Id);
        folder.Delete(recursive: true);

        Assert.Equal([$"127.0.0.1:{sidecar.Port}"], Listeners.Of(descriptors));
        Assert.DoesNotContain(descriptors, target => target.Contains("inotify", StringComparison.Ordinal));
        Assert.Equal("Hello! from 東京.", stream.Deltas);
    }
}
