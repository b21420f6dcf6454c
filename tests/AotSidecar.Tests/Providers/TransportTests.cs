using System.Net.Sockets;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using AotSidecar.Providers.Client;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

public sealed class TransportTests
{
    private static ProviderScript Good => connection => connection.StreamAsync(Fixture.Text("resp-text"));

    [Fact]
    public async Task Ask_WithACertificateNobodyKnows_Refuses()
    {
        using var certificate = Certificate("localhost");
        await using var provider = new ScriptedProvider(certificate, Good);
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_tls_error", transcript.Failure.Code);
        Assert.Empty(provider.Requests);
        Assert.Equal(1, provider.Connections);
    }

    [Fact]
    public async Task Ask_WithTheCertificateAsAuthority_TrustsIt()
    {
        using var certificate = Certificate("localhost");
        await using var provider = new ScriptedProvider(certificate, Good);
        using var client = new ProviderClient(provider.Url, authorities: [certificate]);

        var transcript = await client.AskAsync();

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public async Task Ask_WithAnotherAuthority_Refuses()
    {
        using var certificate = Certificate("localhost");
        using var other = Certificate("localhost");
        await using var provider = new ScriptedProvider(certificate, Good);
        using var client = new ProviderClient(provider.Url, authorities: [other]);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_tls_error", transcript.Failure.Code);
    }

    [Fact]
    public async Task Ask_WithATrustedCertificateForAnotherName_Refuses()
    {
        using var certificate = Certificate("elsewhere.example");
        await using var provider = new ScriptedProvider(certificate, Good);
        using var client = new ProviderClient(provider.Url, authorities: [certificate]);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_tls_error", transcript.Failure.Code);
    }

    [Fact]
    public async Task Ask_OverTlsOfAPlainServer_IsATlsError()
    {
        using var server = new PlainServer();
        using var client = new ProviderClient(new Uri($"https://localhost:{server.Port}/v1"));

        var transcript = await client.AskAsync();
        await Deadline.Within(server.Answered);

        Assert.Equal("upstream_tls_error", transcript.Failure.Code);
    }

    [Fact]
    public async Task Ask_ForANameThatDoesNotResolve_IsUnreachable()
    {
        using var client = new ProviderClient(new Uri("https://does-not-exist.invalid/v1"));

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_unreachable", transcript.Failure.Code);
    }

    [Fact]
    public async Task Ask_ThroughAProxy_ConnectsThere()
    {
        await using var proxy = new ScriptedProvider(connection =>
            connection.SendAsync("HTTP/1.1 407 Nope\r\nContent-Length: 0\r\n\r\n"));
        using var client = new ProviderClient(
            new Uri("https://provider.invalid/v1"), proxy: new OutboundProxy(new Uri($"http://localhost:{proxy.Port}"), "user", "pass"));

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_unreachable", transcript.Failure.Code);
        Assert.StartsWith("CONNECT provider.invalid:443 HTTP/1.1", proxy.Requests[0], StringComparison.Ordinal);
        Assert.DoesNotContain(ProviderClient.Key, string.Concat(proxy.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_OfALoopbackProvider_BypassesTheProxy()
    {
        await using var proxy = new ScriptedProvider(Good);
        await using var provider = new ScriptedProvider(Good);
        using var client = new ProviderClient(provider.Url, proxy: new OutboundProxy(new Uri($"http://localhost:{proxy.Port}")));

        await client.AskAsync();

        Assert.Equal(0, proxy.Connections);
        Assert.Single(provider.Requests);
    }

    [Theory]
    [InlineData("https://x.openai.azure.com/openai/v1", "plainkey", "api-key: plainkey")]
    [InlineData("https://x.openai.azure.us/openai/v1", "plainkey", "api-key: plainkey")]
    [InlineData("https://x.cognitiveservices.azure.com/openai/v1", "plainkey", "api-key: plainkey")]
    [InlineData("https://x.services.ai.azure.com/openai/v1", "plainkey", "api-key: plainkey")]
    [InlineData("https://x.openai.azure.com/openai/v1", "eyJtoken", "Authorization: Bearer eyJtoken")]
    [InlineData("https://api.openai.com/v1/", "sk-1", "Authorization: Bearer sk-1")]
    public void Request_IsAuthenticatedAsTheProviderWants(string url, string key, string expected)
    {
        var provider = new Provider
        {
            Key = ApiKey.TryCreate(key)!,
            BaseUrl = new Uri(url),
            Api = ProviderApi.Responses,
            DefaultModel = "m",
            Organization = "org-1",
            Project = "bad\nproject",
        };

        using var request = ProviderRequest.Create(HttpMethod.Get, provider, "/models");

        Assert.Contains(expected, request.Headers.ToString(), StringComparison.Ordinal);
        Assert.Contains("OpenAI-Organization: org-1", request.Headers.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("OpenAI-Project", request.Headers.ToString(), StringComparison.Ordinal);
        Assert.Equal(url.TrimEnd('/') + "/models", request.RequestUri!.AbsoluteUri);
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>Answers a TLS greeting in the clear.</summary>
    private sealed class PlainServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public PlainServer()
        {
            _listener.Start();
            Answered = AnswerAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task Answered { get; }

        public void Dispose() => _listener.Dispose();

        private async Task AnswerAsync()
        {
            using var socket = await _listener.AcceptSocketAsync();
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
        }
    }
}
