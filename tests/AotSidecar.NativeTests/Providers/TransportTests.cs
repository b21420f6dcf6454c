using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AotSidecar.NativeTests.Providers;

/// <summary>The way to the provider: names, certificates, proxies.</summary>
public sealed class TransportTests
{
    [Theory]
    [InlineData("self-signed")]
    [InlineData("another name")]
    [InlineData("expired")]
    [InlineData("unknown authority")]
    public async Task U6_ACertificateThatIsNotTrusted_IsATlsError(string what)
    {
        using var authority = new Authority();
        using var other = new Authority();
        using var provider = new FakeProvider(what switch
        {
            "self-signed" => Authority.SelfSigned("localhost"),
            "another name" => authority.Issue("elsewhere.example"),
            "expired" => authority.Issue("localhost", daysLeft: -1),
            _ => other.Issue("localhost"),
        });

        using var stream = await AskAsync(provider.BaseUrl, "--ca-file", authority.Path);

        Assert.Equal("upstream_tls_error", (string?)stream.Error?["reason"]);
        Assert.Contains("--ca-file", (string?)stream.Error?["message"], StringComparison.Ordinal);
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task CaFile_OfTheProvidersAuthority_IsTrusted()
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("localhost"));

        using var stream = await AskAsync(provider.BaseUrl, "--ca-file", authority.Path);

        Assert.Equal("Hello! from 東京.", stream.Deltas);
        Assert.Single(provider.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData(null)]
    public async Task CaFile_WithoutAnAuthority_IsAUsageError(string? text)
    {
        var file = Path.GetTempFileName();
        if (text is null)
        {
            File.Delete(file);
        }
        else
        {
            await File.WriteAllTextAsync(file, text, Deadline.Token());
        }

        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--bridge", Launch.NobodysBridge, "--ca-file", file));
        var exit = await process.ExitCodeAsync();

        File.Delete(file);
        Assert.Equal(2, exit);
        Fatal.AssertOnly(process, "usage_error");
    }

    [Fact]
    public async Task U6_AnAnswerInTheClear_IsATlsError()
    {
        var port = new TaskCompletionSource<int>();
        var answered = AnswerInTheClearAsync(port);

        using var stream = await AskAsync(Local(await port.Task));
        await answered.Within("the answer");

        Assert.Equal("upstream_tls_error", (string?)stream.Error?["reason"]);
    }

    [Fact]
    public async Task U6_ANameThatDoesNotResolve_IsUnreachable()
    {
        using var stream = await AskAsync("https://does-not-exist.invalid/v1");

        Assert.Equal("upstream_unreachable", (string?)stream.Error?["reason"]);
        Assert.Equal("stream.error", (string?)stream.Error?["code"]);
    }

    [Fact]
    public async Task U6_APortWhereNobodyListens_IsUnreachable()
    {
        var gone = new FakeProvider();
        var url = gone.BaseUrl;
        gone.Dispose();

        using var stream = await AskAsync(url);

        Assert.Equal("upstream_unreachable", (string?)stream.Error?["reason"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Proxy_WithAPassword_LeadsToTheProviderAndNeverSeesTheKey(bool onStdin)
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("provider.test"));
        using var proxy = new ConnectProxy(provider.Port, "user:p@ss:word");

        using var stream = await AskThroughAsync(proxy, "p@ss:word", onStdin, authority);

        Assert.Null(stream.Error);
        Assert.Equal("Hello! from 東京.", stream.Deltas);
        Assert.Contains("Authorization: Bearer sk-test-0123456789", Assert.Single(provider.Requests).Head, StringComparison.Ordinal);
        Assert.All(proxy.Heads, head => Assert.StartsWith("CONNECT provider.test:443 HTTP/1.1\r\n", head, StringComparison.Ordinal));
        Assert.DoesNotContain(proxy.Heads, head => head.Contains("sk-test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Proxy_ThatRefusesThePassword_IsUnreachable(bool onStdin)
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("provider.test"));
        using var proxy = new ConnectProxy(provider.Port, "user:right");

        using var stream = await AskThroughAsync(proxy, "p@ss:word", onStdin, authority);

        Assert.Equal("upstream_unreachable", (string?)stream.Error?["reason"]);
        Assert.Contains("the proxy asks for credentials", (string?)stream.Error!["message"], StringComparison.Ordinal);
        Assert.Empty(provider.Requests);
        Assert.InRange(proxy.Heads.Count, 1, 2);
    }

    [Fact]
    public async Task Proxy_WhoseListNamesTheProvider_IsNotAsked()
    {
        using var authority = new Authority();
        using var proxy = new ConnectProxy(1, "");

        using var stream = await AskThroughAsync(proxy, "p@ss:word", onStdin: true, authority, ""","no_proxy":["test"]""");

        Assert.Equal("upstream_unreachable", (string?)stream.Error?["reason"]);
        Assert.Empty(proxy.Heads);
    }

    /// <summary>The credentials in the launch line, or in the host's answer for the key.</summary>
    private static Task<ChatStream> AskThroughAsync(
        ConnectProxy proxy, string password, bool onStdin, Authority authority, string more = "")
    {
        var member = $$"""
            ,"proxy":{"url":"http://{{proxy.Authority}}","user":"user","password":"{{password}}"{{more}}}
            """;
        return AskAsync(
            "https://provider.test/v1",
            launch => onStdin ? launch with { Input = [.. launch.Input.AsSpan()[..^2], .. Encoding.UTF8.GetBytes(member + "}\n")] } : launch,
            onStdin ? "" : member,
            "--ca-file",
            authority.Path);
    }

    [Fact]
    public async Task Https_ToAPlainPort_SaysThatThereIsNoTls()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
#pragma warning disable CA2025 // awaited below, before the listener goes
        var answering = RefuseAsync(listener);
#pragma warning restore CA2025

        using var stream = await AskAsync($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/v1");
        listener.Stop();
        await answering;

        Assert.Equal("upstream_tls_error", (string?)stream.Error?["reason"]);
        Assert.Contains("does not speak TLS", (string?)stream.Error!["message"], StringComparison.Ordinal);
    }

    /// <summary>Answers a TLS greeting as a server of plain HTTP does.</summary>
    private static async Task RefuseAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(CancellationToken.None);
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), Deadline.Token());
                await client.GetStream().ReadAtLeastAsync(new byte[1], 1, cancellationToken: Deadline.Token());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // stopped
        }
    }

    [Fact]
    public async Task Proxy_OfALocalProvider_IsNotAsked()
    {
        using var proxy = new ConnectProxy(1, "");
        using var provider = new FakeProvider();

        using var stream = await AskAsync(provider.BaseUrl, "--proxy", $"http://{proxy.Authority}");

        Assert.Null(stream.Error);
        Assert.Empty(proxy.Heads);
    }

    [Fact]
    public async Task Proxy_OfTheEnvironment_IsNotAsked()
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("localhost"));
        using var proxy = new ConnectProxy(1, "");
        var url = $"http://{proxy.Authority}";

        using var stream = await AskAsync(
            provider.BaseUrl,
            launch => launch with
            {
                Environment = new Dictionary<string, string>
                {
                    ["HTTPS_PROXY"] = url,
                    ["https_proxy"] = url,
                    ["ALL_PROXY"] = url,
                    ["HTTP_PROXY"] = url,
                },
            },
            "",
            "--ca-file",
            authority.Path);

        Assert.Null(stream.Error);
        Assert.Empty(proxy.Heads);
    }

    private static async Task AnswerInTheClearAsync(TaskCompletionSource<int> port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port.SetResult(((IPEndPoint)listener.LocalEndpoint).Port);
        using var socket = await listener.AcceptSocketAsync(Deadline.Token());
        await socket.ReceiveAsync(new byte[64], Deadline.Token());
        await socket.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Deadline.Token());
        socket.Shutdown(SocketShutdown.Send);
    }

    private static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}/v1");

    private static Task<ChatStream> AskAsync(string baseUrl, params string[] flags) =>
        AskAsync(baseUrl, launch => launch, "", flags);

    /// <param name="members">More of the host's answer for the key, with a comma before it.</param>
    private static async Task<ChatStream> AskAsync(
        string baseUrl, Func<Launch, Launch> launch, string members, params string[] flags)
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = flags,
            Launch = launch,
            Host = host => host.OnSecretsGet = (connection, request) => connection.ReplyAsync(
                request["id"]!, $$"""{"secret":"sk-test-0123456789","baseUrl":"{{baseUrl}}"{{members}}}"""),
        });
        var stream = await (await sidecar.StreamAsync(await sidecar.MintAsync(), "hello")).ToEndAsync();
        Assert.True(stream.EndedCleanly);
        foreach (var text in new[] { sidecar.Process.Errors.Text, stream.Raw.ToString() })
        {
            Assert.DoesNotContain("sk-test", text, StringComparison.Ordinal);
            Assert.DoesNotContain("p@ss:word", text, StringComparison.Ordinal);
        }

        return stream;
    }
}
