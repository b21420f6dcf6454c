using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace AotSidecar.Tests.Providers;

/// <summary>What a scripted provider does with one request, over the raw connection.</summary>
internal delegate Task ProviderScript(ScriptedConnection connection);

/// <summary>
/// A provider made of raw sockets on loopback: it answers the n-th request with the n-th script (the last one repeats),
/// keeps what was asked, and can stop anywhere in a reply, politely or not.
/// </summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ProviderScript[] _scripts;
    private readonly X509Certificate2? _certificate;
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();
    private readonly Task _accepting;
    private int _count;
    private int _connections;

    public ScriptedProvider(params ProviderScript[] scripts)
        : this(null, scripts)
    {
    }

    public ScriptedProvider(X509Certificate2? certificate, params ProviderScript[] scripts)
    {
        (_certificate, _scripts) = (certificate, scripts);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"{(_certificate is null ? "http" : "https")}://localhost:{Port}/v1");

    /// <summary>Heads and bodies, in order.</summary>
    public List<string> Requests { get; } = [];

    public int Connections => _connections;

    /// <summary>Waits for the next request to have arrived.</summary>
    public async Task<string> NextRequestAsync() => await Deadline.Within(_requests.Reader.ReadAsync().AsTask());

    public async ValueTask DisposeAsync()
    {
        if (_accepting.IsCompleted)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            Stream stream = new NetworkStream(socket);
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        // as it is: by default the server itself looks for issuers that are missing
                        ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
                    },
                    _stopping.Token);
                stream = tls;
            }

            while (await ReadRequestAsync(stream) is { } request)
            {
                int number;
                lock (Requests)
                {
                    Requests.Add(request);
                    number = _count++;
                }

                _requests.Writer.TryWrite(request);
                var connection = new ScriptedConnection(socket, stream, _stopping.Token);
                await _scripts[Math.Min(number, _scripts.Length - 1)](connection);
                if (connection.Closed)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException
            or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // the client went away, or the test is over
        }
    }

    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stopping.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        var length = head.ToString().Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line["Content-Length:".Length..]))
            .FirstOrDefault();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stopping.Token);
        return head + Encoding.UTF8.GetString(body);
    }
}

/// <summary>One reply in the making.</summary>
internal sealed class ScriptedConnection(Socket socket, Stream stream, CancellationToken stopping)
{
    public bool Closed { get; private set; }

    public Task SendAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text), stopping).AsTask();

    /// <summary>A whole reply with a length.</summary>
    public Task ReplyAsync(int status, string body, string type = "application/json", string headers = "") => SendAsync(
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    /// <summary>The head of a stream that ends when the connection does.</summary>
    public Task StartStreamAsync(string headers = "") =>
        SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n{headers}\r\n");

    public async Task StreamAsync(string text, string headers = "")
    {
        await StartStreamAsync(headers);
        await SendAsync(text);
        Close();
    }

    /// <summary>A clean end.</summary>
    public void Close()
    {
        Closed = true;
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>A reset, once everything sent has been read by the other side.</summary>
    public void Reset()
    {
        Closed = true;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Completes when the client closes.</summary>
    public async Task UntilClosedAsync()
    {
        try
        {
            while (await stream.ReadAsync(new byte[256], stopping) > 0)
            {
                // nothing more is expected, and nothing is read into it
            }
        }
        catch (IOException)
        {
            // a reset is closed, too
        }

        Closed = true;
    }
}

/// <summary>The deadline of these tests: far longer than anything takes, so that only a hang reaches it.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Patience, TimeProvider.System);

    public static Task Within(Task task) => task.WaitAsync(Patience, TimeProvider.System);
}
