using System.Net;
using System.Net.Sockets;

namespace AotSidecar.Benchmarks.Net;

/// <summary>One keep-alive connection of the load client; requests are bytes made beforehand.</summary>
internal sealed class HttpConnection : IDisposable
{
    // One read takes what a loopback socket's buffer commonly holds, so a flat-out stream costs few system calls.
    private const int ReadSize = 128 * 1024;

    private readonly byte[] _buffer = new byte[ReadSize];
    private readonly ResponseReader _response;

    public HttpConnection(int port)
    {
        Deltas = new DeltaScanner();
        _response = new ResponseReader(Deltas);
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Socket.Connect(IPAddress.Loopback, port);
            Socket.Blocking = false;
        }
        catch (SocketException)
        {
            Socket.Dispose();
            throw;
        }
    }

    public Socket Socket { get; }

    public DeltaScanner Deltas { get; }

    public int Status => _response.Status;

    public bool IsBusy { get; private set; }

    public long SentAt { get; private set; }

    public long CompletedAt { get; private set; }

    public MemoryStream? Body
    {
        get => _response.Body;
        set => _response.Body = value;
    }

    public void Send(ReadOnlySpan<byte> request)
    {
        _response.Reset();
        IsBusy = true;
        SentAt = MonotonicClock.Now;
        while (!request.IsEmpty)
        {
            var sent = Socket.Send(request, SocketFlags.None, out var error);
            Check(error);
            request = request[Math.Max(sent, 0)..];
        }
    }

    /// <summary>Takes what has arrived; the connection is idle again once a response is complete.</summary>
    public void Receive()
    {
        var read = Socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        Check(error);
        if (read == 0)
        {
            throw new IOException("The server closed the connection in the middle of a response.");
        }

        var now = MonotonicClock.Now;
        _response.Feed(_buffer.AsSpan(0, read), now);
        if (_response.IsComplete)
        {
            IsBusy = false;
            CompletedAt = now;
        }
    }

    public void Dispose() => Socket.Dispose();

    private static void Check(SocketError error)
    {
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new IOException($"The connection failed: {error}.");
        }
    }
}
