using System.Buffers.Text;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>The extension host's end of the bridge: proves itself, hands out one key, and asks for sessions.</summary>
internal sealed class BridgeHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _baseUrl;
    private readonly Dictionary<int, TaskCompletionSource<JsonNode?>> _calls = [];
    private readonly Lock _gate = new();
    private NetworkStream? _stream;
    private int _lastId;

    public BridgeHost(string folder, string baseUrl)
    {
        _baseUrl = baseUrl;
        PipePath = Path.Combine(folder, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(6)));
        LaunchSecret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _listener.Bind(new UnixDomainSocketEndPoint(PipePath));
        _listener.Listen(1);
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public string PipePath { get; }

    public string LaunchSecret { get; }

    public async Task<JsonNode?> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_gate)
        {
            id = ++_lastId;
            _calls.Add(id, answer);
        }

        Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters });
        return await answer.Task.WaitAsync(Patience, TimeProvider.System, cancellationToken);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _stream?.Dispose();
        File.Delete(PipePath);
    }

    private void Serve()
    {
        try
        {
            _stream = new NetworkStream(_listener.Accept(), ownsSocket: true);
            using var reader = new BufferedStream(_stream);
            while (Read(reader) is { } message)
            {
                Handle(message);
            }
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException)
        {
            // The sidecar or this host has closed the connection.
        }
    }

    private void Handle(JsonObject message)
    {
        switch ((string?)message["method"])
        {
            case "initialize":
                var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
                Reply(message, new JsonObject
                {
                    ["protocolVersion"] = 1,
                    ["host"] = new JsonObject { ["name"] = "benchmarks", ["version"] = "1" },
                    ["nonce"] = nonce,
                    ["proof"] = Proof($"aotsidecar/1 host {message["params"]!["nonce"]} {nonce}"),
                });
                break;
            case "secrets/get":
                Reply(message, new JsonObject { ["secret"] = "sk-bench-0123456789", ["baseUrl"] = _baseUrl });
                break;
            case null when message["id"] is { } id:
                lock (_gate)
                {
                    _calls.Remove((int)id, out var call);
                    call?.TrySetResult(message["result"]?.DeepClone());
                }

                break;
            default:
                break;
        }
    }

    private string Proof(string text) => Base64Url.EncodeToString(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(LaunchSecret), Encoding.UTF8.GetBytes(text)));

    private void Reply(JsonObject request, JsonObject result) =>
        Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = result });

    private void Send(JsonObject message)
    {
        var json = Encoding.UTF8.GetBytes(message.ToJsonString());
        byte[] frame = [.. Encoding.ASCII.GetBytes($"Content-Length: {json.Length}\r\n\r\n"), .. json];
        lock (_gate)
        {
            _stream!.Write(frame);
        }
    }

    private static JsonObject? Read(BufferedStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                return null;
            }

            head.Append((char)next);
        }

        var length = int.Parse(head.ToString().Split(':', '\r')[1], System.Globalization.CultureInfo.InvariantCulture);
        var json = new byte[length];
        stream.ReadExactly(json);
        return JsonSerializer.Deserialize(json, BenchmarkJson.Default.JsonObject);
    }
}
