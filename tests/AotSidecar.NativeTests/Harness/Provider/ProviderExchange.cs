using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>One request and the bytes that a test answers to it.</summary>
internal sealed class ProviderExchange(Socket socket, Stream stream, ProviderRequest request, Task clientClosed)
{
    private readonly List<long> _sent = [];

    public ProviderRequest Request { get; } = request;

    /// <summary>Completes when the sidecar has closed this connection.</summary>
    public Task ClientClosed { get; } = clientClosed;

    /// <summary>When each event was handed to the socket.</summary>
    public IReadOnlyList<long> Sent => _sent;

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, Deadline.Token());

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task ReplyAsync(int status, string body, string headers = "Content-Type: application/json\r\n") =>
        SendAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Test\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    public Task BeginStreamAsync(string headers = "") => SendAsync(
        $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n{headers}\r\n");

    public async Task EventAsync(string frame)
    {
        await ChunkAsync(Encoding.UTF8.GetBytes(frame));
        _sent.Add(TimeProvider.System.GetTimestamp());
    }

    public async Task ChunkAsync(ReadOnlyMemory<byte> bytes) =>
        await SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes.Span, .. "\r\n"u8]);

    public Task EndStreamAsync() => SendAsync("0\r\n\r\n");

    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    /// <summary>The orderly end of a reply that has neither a length nor chunks.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    public void Close() => socket.Dispose();
}
