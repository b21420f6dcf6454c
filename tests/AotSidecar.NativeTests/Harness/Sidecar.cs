using System.Globalization;
using System.Net;

namespace AotSidecar.NativeTests.Harness;

/// <summary>A running sidecar between a host and a provider that belong to the test.</summary>
internal sealed class Sidecar : IAsyncDisposable
{
    private Sidecar(SidecarProcess process, BridgeHost host, FakeProvider provider)
    {
        Process = process;
        Host = host;
        Provider = provider;
    }

    public SidecarProcess Process { get; }

    public BridgeHost Host { get; }

    public FakeProvider Provider { get; }

    public HttpDoor Door { get; private set; } = null!;

    public int Port => Door.Port;

    public static async Task<Sidecar> StartAsync(SidecarSetup? setup = null)
    {
        setup ??= new SidecarSetup();
        var (host, provider) = (new BridgeHost(), new FakeProvider());
        host.BaseUrl = provider.BaseUrl;
        setup.Host(host);
        host.Listen();
        var launch = new Launch(["serve", "--bridge", host.PipePath, "--log-level", setup.LogLevel, .. setup.Flags])
        {
            Input = host.LaunchLine,
        };
        var sidecar = new Sidecar(await SidecarProcess.StartAsync(setup.Launch(launch)), host, provider);
        var ready = await sidecar.Process.AnnouncementAsync();
        Assert.True((string?)ready["event"] == "ready", $"{ready.ToJsonString()}\n{sidecar.Process.Errors.Text}");
        sidecar.Door = new HttpDoor((int)ready["port"]!);
        return sidecar;
    }

    public Task<RawConnection> ConnectAsync() => Door.ConnectAsync();

    public Task<RawReply> SendAsync(HttpCall call) => Door.SendAsync(call);

    /// <summary>Sends bytes as they are; <c>{P}</c> stands for the port.</summary>
    public async Task<RawReply> SendRawAsync(string latin1)
    {
        using var connection = await ConnectAsync();
        await connection.SendAsync(Fill(latin1));
        return await connection.ReadReplyAsync();
    }

    public string Fill(string text) => text.Replace("{P}", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{P+1}", (Port + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{S}", Host.LaunchSecret, StringComparison.Ordinal);

    /// <summary>Mints over HTTP, as an extension's first request does.</summary>
    public Task<RawReply> PostSessionAsync(string body) =>
        SendAsync(new HttpCall("POST", "/sessions") { Bearer = Host.LaunchSecret, Body = body });

    /// <summary>Mints over the bridge, which no rate limits.</summary>
    public async Task<Session> MintAsync(string keyId = "openai-main", string members = "")
    {
        var bridge = await Host.ConnectedAsync();
        var reply = await bridge.CallAsync("sessions/create", $$"""{"secretKeyId":"{{keyId}}"{{members}}}""");
        var result = reply["result"] ?? throw new InvalidOperationException(reply.ToJsonString());
        return new Session((string)result["id"]!, (string)result["clientSecret"]!);
    }

    public Task<RawReply> ChatAsync(Session session, string body) =>
        SendAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = body });

    public Task<ChatStream> StreamAsync(Session session, string text, string? threadId = null) =>
        Door.StreamAsync(session, ChatBody.Message(text, threadId));

    public async Task<bool> IsHealthyAsync() =>
        (await SendAsync(new HttpCall("GET", "/health"))).Status == (int)HttpStatusCode.OK;

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Host.DisposeAsync();
        Provider.Dispose();
    }
}
