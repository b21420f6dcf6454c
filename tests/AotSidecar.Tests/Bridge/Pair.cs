using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AotSidecar.Bridge;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Bridge;

/// <summary>A connection and the other end of its socket, both in the test.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private readonly NetworkStream _peer;

    private Pair(NetworkStream own, NetworkStream peer, IHostMethod[] methods)
    {
        var table = new HostMethodTable();
        table.Open(methods);
        _peer = peer;
        Connection = new JsonRpcConnection(own, table, Clock, NullLogger.Instance);
        Ended = Connection.RunAsync(CancellationToken.None);
    }

    public FakeTimeProvider Clock { get; } = new();

    public JsonRpcConnection Connection { get; }

    public Task<BridgeProtocolException?> Ended { get; }

    public static async Task<Pair> OpenAsync(params IHostMethod[] methods)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await own.ConnectAsync(listener.LocalEndPoint!).Soon();
        return new Pair(new NetworkStream(own, ownsSocket: true), new NetworkStream(await listener.AcceptAsync().Soon(), ownsSocket: true), methods);
    }

    public Task<HostReply> CallAsync(string method, CancellationToken cancellationToken = default) =>
        Connection.CallAsync(method, "{}"u8.ToArray(), TimeSpan.FromSeconds(10), cancellationToken);

    public async Task SendAsync(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        await SendRawAsync([.. MessageFraming.Header(body.Length), .. body]);
    }

    public async Task SendRawAsync(byte[] bytes) => await _peer.WriteAsync(bytes).AsTask().Soon();

    public async Task<JsonNode> ReceiveAsync()
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await _peer.ReadExactlyAsync(one).AsTask().Soon();
            header.Append((char)one[0]);
        }

        var body = new byte[int.Parse(header.ToString()["Content-Length: ".Length..])];
        await _peer.ReadExactlyAsync(body).AsTask().Soon();
        return JsonNode.Parse(body)!;
    }

    public void Close() => _peer.Dispose();

    public async ValueTask DisposeAsync()
    {
        Close();
        await Ended.Soon();
        await Connection.DisposeAsync();
    }
}
