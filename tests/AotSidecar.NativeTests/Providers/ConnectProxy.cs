using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AotSidecar.NativeTests.Providers;

/// <summary>A company's proxy: it asks for a password, and takes whoever has it to the one server behind it.</summary>
internal sealed class ConnectProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly int _target;
    private readonly string _credentials;

    public ConnectProxy(int target, string credentials)
    {
        (_target, _credentials) = (target, Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Authority => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Everything it was asked in the clear.</summary>
    public IReadOnlyList<string> Heads => [.. _heads];

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(CancellationToken.None));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // disposed
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            var stream = client.GetStream();
            while (await ReadHeadAsync(stream) is { Length: > 0 } head)
            {
                _heads.Enqueue(head);
                if (!head.Contains($"Proxy-Authorization: Basic {_credentials}\r\n", StringComparison.Ordinal))
                {
                    await stream.WriteAsync("HTTP/1.1 407 Password\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Deadline.Token());
                    continue;
                }

                using var target = new TcpClient();
                await target.ConnectAsync(IPAddress.Loopback, _target, Deadline.Token());
                await stream.WriteAsync("HTTP/1.1 200 Go\r\n\r\n"u8.ToArray(), Deadline.Token());
                await Task.WhenAny(
                    stream.CopyToAsync(target.GetStream(), Deadline.Token()), target.GetStream().CopyToAsync(stream, Deadline.Token()));
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // either side has gone
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, Deadline.Token()) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
