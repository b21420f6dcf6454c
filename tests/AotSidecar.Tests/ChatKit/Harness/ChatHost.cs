using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Threads;
using AotSidecar.CommandLine;
using AotSidecar.Http;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using Microsoft.Extensions.Logging;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>The whole server on a port of its own; keys, model and extension host belong to the test.</summary>
internal sealed class ChatHost : IAsyncDisposable
{
    public const string LaunchSecret = "launch-secret-of-43-base64url-characters-0123";

    private readonly SidecarProcess _process;
    private readonly SidecarHost _sidecar;

    private ChatHost(SidecarProcess process, SidecarHost sidecar, int port, Fakes fakes)
    {
        (_process, _sidecar, Port, Fakes) = (process, sidecar, port, fakes);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };
    }

    public int Port { get; }

    public HttpClient Http { get; }

    public Fakes Fakes { get; }

    public FakeModel Model => Fakes.Model;

    public FakeExtensionHost Host => Fakes.Host;

    public ThreadStore Threads => _sidecar.Threads;

    public AttachmentStore Attachments => _sidecar.Attachments;

    public SessionStore Sessions => _sidecar.Sessions;

    public RunningStreams Streams => _sidecar.Streams;

    public AccessList Access => _process.Access;

    public string Token { get; private set; } = "";

    public static async Task<ChatHost> StartAsync(
        Action<ServeOptions>? flags = null, Action<Fakes>? fake = null, ThreadArchive? archive = null)
    {
        var fakes = new Fakes();
        fake?.Invoke(fakes);
        var options = new ServeOptions { Bridge = "/nowhere", LogLevel = LogLevel.Trace };
        flags?.Invoke(options);
        fakes.Secrets.Defaults = new ProviderDefaults(options.UpstreamUrl, options.UpstreamApi, options.Model);
        var process = new SidecarProcess(options, fakes.Stderr, fakes.Clock);
        process.Secret.Set(LaunchSecret);
        var sidecar = new SidecarHost(options, process, new(fakes.Host, fakes.Secrets, fakes.Model, archive));
        var port = await LoopbackServer.StartListeningAsync(sidecar.App, 0, CancellationToken.None).Soon();
        process.Access.SetPort(port);
        var host = new ChatHost(process, sidecar, port, fakes);
        host.Token = await host.MintAsync();
        return host;
    }

    /// <summary>A session that no quota stops.</summary>
    public async Task<string> MintAsync(string user = "local", string extra = "")
    {
        using var reply = await SendAsync(HttpMethod.Post, "/sessions", LaunchSecret, $$"""
            {"secret_key_id":"k","user":"{{user}}","rate_limits":{"max_requests_per_1_minute":10000}{{extra}} }
            """);
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        return (string)(await ReadJsonAsync(reply))["client_secret"]!;
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? bearer, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Soon();
    }

    /// <summary>An operation that answers with JSON.</summary>
    public async Task<JsonNode> CallAsync(string body, string? token = null)
    {
        using var reply = await SendAsync(HttpMethod.Post, "/chatkit", token ?? Token, body);
        var text = await reply.Content.ReadAsStringAsync().Soon();
        Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{(int)reply.StatusCode} {text}");
        Assert.Equal("application/json", reply.Content.Headers.ContentType?.ToString());
        return JsonNode.Parse(text)!;
    }

    public async Task<Refusal> RefusalAsync(string body, string? token = null)
    {
        using var reply = await SendAsync(HttpMethod.Post, "/chatkit", token ?? Token, body);
        Assert.Equal("application/json", reply.Content.Headers.ContentType?.ToString());
        var json = await ReadJsonAsync(reply);
        Assert.False(string.IsNullOrEmpty((string?)json["message"]));
        return new Refusal((int)reply.StatusCode, (string?)json["error"]?["code"], (string?)json["error"]?["param"]);
    }

    /// <summary>An operation that streams, read to its end.</summary>
    public async Task<Transcript> StreamAsync(string body, string? token = null)
    {
        using var reply = await SendAsync(HttpMethod.Post, "/chatkit", token ?? Token, body);
        var bytes = await reply.Content.ReadAsByteArrayAsync().Soon();
        Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{(int)reply.StatusCode} {Encoding.UTF8.GetString(bytes)}");
        Assert.Equal("text/event-stream", reply.Content.Headers.ContentType?.MediaType);
        return new Transcript(StrictEvents.Parse(bytes), Encoding.UTF8.GetString(bytes));
    }

    public async Task<OpenStream> OpenAsync(string body, string? token = null)
    {
        var reply = await SendAsync(HttpMethod.Post, "/chatkit", token ?? Token, body);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return new OpenStream(reply, await reply.Content.ReadAsStreamAsync());
    }

    /// <summary>A call of the extension host, as the bridge would pass it on.</summary>
    public async Task<byte[]?> InvokeAsync(string method, string parameters) => await _sidecar.HostMethods
        .Single(one => one.Name == method).InvokeAsync(JsonElement.Parse(parameters), CancellationToken.None);

    /// <summary>A thread that has only what the test puts into it, owned by the usual user.</summary>
    public StoredThread NewThread(string user = "local")
    {
        var thread = Threads.Create(user);
        Assert.True(Threads.TryAdd(thread));
        return thread;
    }

    public static async Task<JsonNode> ReadJsonAsync(HttpResponseMessage reply) =>
        JsonNode.Parse(await reply.Content.ReadAsStringAsync().Soon())!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Streams.CutAsync();
        await _sidecar.App.StopAsync(CancellationToken.None).Soon();
        await _sidecar.DisposeAsync();
        await _process.DisposeAsync();
    }
}
