using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Http;

/// <summary>How many may connect, for how long, and where to: docs/security.md#rows-h-http, H36, H39 and H40.</summary>
public sealed class ConnectionTests
{
    // the server's documented limits
    private const int MostStrangers = 512;

    private const int MostTrusted = 128;

    // to one provider at once
    private const int ProviderConnections = 32;

    /// <summary>Longer than strangers may be idle, shorter than others may.</summary>
    private static readonly TimeSpan LongIdle = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Strangers_BeyondTheirPlaces_CrowdOutTheOldestAndNoStream()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = exchange => ResponsesStream.WordsAsync(
            exchange, index => index == 1 ? release.Task : Task.CompletedTask, "one", " two");
        var session = await sidecar.MintAsync();
        using var stream = await sidecar.StreamAsync(session, "hello");
        await stream.UntilDeltaAsync();

        var strangers = new List<RawConnection>();
        for (var count = 0; count < MostStrangers; count++)
        {
            strangers.Add(await sidecar.ConnectAsync());
        }

        using var newest = await sidecar.ConnectAsync();
        var closed = await strangers[0].ClosesAsync();
        await newest.SendAsync(sidecar.Fill($"GET /health HTTP/1.1\r\n{RawRequest.Host}\r\n"));
        var health = await newest.ReadReplyAsync();
        release.SetResult();
        await stream.ToEndAsync();
        strangers.ForEach(connection => connection.Dispose());

        Assert.True(closed);
        Assert.Equal(200, health.Status);
        Assert.Equal("one two", stream.Deltas);
        Assert.True(stream.EndedCleanly);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\n\r\n")]
    [InlineData("OPTIONS /chatkit HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\nOrigin: vscode-webview://0abc\r\nAccess-Control-Request-Method: POST\r\n\r\n")]
    public async Task Stranger_ThatIsIdle_IsClosedAndAConnectionWithACredentialIsNot(string request)
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        var list = new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = ChatBody.List }.ToBytes(sidecar.Door.Authority);
        using var trusted = await sidecar.ConnectAsync();
        await trusted.SendAsync(list);
        await trusted.ReadReplyAsync();
        using var stranger = await sidecar.ConnectAsync();
        if (request.Length > 0)
        {
            await stranger.SendAsync(sidecar.Fill(request));
            await stranger.ReadReplyAsync();
        }

        var closed = stranger.ClosesAsync();
        await Task.WhenAny(closed, Deadline.Passes(LongIdle));
        await Deadline.Passes(LongIdle);
        await trusted.SendAsync(list);

        Assert.True(closed.IsCompleted && await closed);
        Assert.Equal(200, (await trusted.ReadReplyAsync()).Status);
    }

    [Theory]
    [InlineData("POST /chatkit HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403)]
    [InlineData("POST /chatkit HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\nOrigin: https://evil.example\r\n\r\n", 403)]
    [InlineData("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\nsome", 401)]
    [InlineData("GET /threads HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\nAuthorization: Bearer ck_no\r\n\r\n", 401)]
    [InlineData("PUT /health HTTP/1.1\r\nHost: 127.0.0.1:{P}\r\n\r\n", 405)]
    public async Task Stranger_ThatIsRefused_IsClosed(string request, int status)
    {
        await using var sidecar = await Sidecar.StartAsync();
        using var connection = await sidecar.ConnectAsync();

        await connection.SendAsync(sidecar.Fill(request));
        var reply = await connection.ReadReplyAsync();

        Assert.Equal(status, reply.Status);
        Assert.Equal("close", reply.Header("Connection"));
        Assert.True(await connection.ClosesAsync());
    }

    [Fact]
    public async Task Holder_OfAGoodToken_GetsInBesideManyStreamsAndManyIdleConnections()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = async exchange =>
        {
            await exchange.BeginStreamAsync();
            await release.Task;
            await exchange.EndStreamAsync();
        };
        var session = await sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":1000}""");
        var relayed = new HttpCall("POST", "/v1/responses") { Bearer = session.Token, Body = "{}" };
        var streams = new List<ChatStream>();
        for (var count = 0; count < ProviderConnections; count++)
        {
            streams.Add(await sidecar.Door.OpenStreamAsync(relayed));
        }

        var idle = new List<RawConnection>();
        for (var count = 0; count < MostTrusted; count++)
        {
            var connection = await sidecar.ConnectAsync();
            idle.Add(connection);
            await connection.SendAsync(sidecar.Fill(
                $"GET /threads?q=x HTTP/1.1\r\n{RawRequest.Host}Authorization: Bearer {session.Token}\r\n\r\n"));
            Assert.Equal(200, (await connection.ReadReplyAsync()).Status);
        }

        release.SetResult();
        foreach (var stream in streams)
        {
            await stream.ToEndAsync();
            Assert.True(stream.EndedCleanly);
            stream.Dispose();
        }

        Assert.True(await idle[0].ClosesAsync());
        idle.ForEach(connection => connection.Dispose());
    }

    [Theory]
    [InlineData("/v1/responses", "{}")]
    [InlineData("/chatkit", null)]
    public async Task Page_ThatNeverReads_IsCutWithItsProvider(string path, string? body)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var word = new string('x', 65536);
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = async exchange =>
        {
            _ = exchange.ClientClosed.ContinueWith(_ => ended.SetResult(), TaskScheduler.Default);
            await ResponsesStream.WordsAsync(exchange, _ => Task.CompletedTask, [.. Enumerable.Repeat(word, 1000)]);
        };
        var session = await sidecar.MintAsync();
        using var page = await sidecar.ConnectAsync();

        await page.SendAsync(new HttpCall("POST", path) { Bearer = session.Token, Body = body ?? ChatBody.Message("hello") }
            .ToBytes(sidecar.Door.Authority));

        await ended.Task.Within("the end of the provider's connection");
        Assert.True(await sidecar.IsHealthyAsync());
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
