using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// A provider on raw sockets, behind TLS if it is given a certificate. It answers with recorded shapes unless a test says,
/// byte by byte, what else.
/// </summary>
internal sealed class FakeProvider : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<ProviderRequest> _requests = new();
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly X509Certificate2? _certificate;

    public FakeProvider(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string BaseUrl => string.Create(
        CultureInfo.InvariantCulture, $"{(_certificate is null ? "http://127.0.0.1" : "https://localhost")}:{Port}/v1");

    public IReadOnlyList<ProviderRequest> Requests => [.. _requests];

    public int Connections => _sockets.Count;

    public Func<ProviderExchange, Task> Answer { get; set; } = ResponsesStream.TextAsync;

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        _certificate?.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(CancellationToken.None);
                socket.NoDelay = true;
                _sockets.Add(socket);
                _ = new ProviderConnection(socket, _certificate).ServeAsync(exchange =>
                {
                    _requests.Enqueue(exchange.Request);
                    return Answer(exchange);
                });
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // disposed
        }
    }
}
