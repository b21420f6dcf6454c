using System.Net.Sockets;
using System.Text;
using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Provider;

/// <summary>One relay's connection to the fake provider.</summary>
internal sealed class ProviderConnection : IDisposable
{
    // "0000abcd\r\n" before each chunk: a fixed width lets the size be written after the data.
    private const int ChunkHead = 10;
    private const int BatchSize = 64 * 1024;

    // Streams start together; eight phases keep their deltas from falling due in the same instant without a wake-up for each.
    private const int Phases = 8;
    private static int _made;

    private readonly RequestReader _request = new();
    private readonly byte[] _batch = new byte[ChunkHead + BatchSize + 2];
    private readonly MemoryStream _text = new();
    private readonly int _phase = _made++ % Phases;
    private ReadOnlyMemory<byte> _unsent;
    private Answer? _answer;
    private int _message;
    private int _delta;

    public ProviderConnection(Socket socket)
    {
        Socket = socket;
        socket.Blocking = false;
        socket.NoDelay = true;
    }

    public Socket Socket { get; }

    /// <summary>When the next delta is due; <see cref="long.MaxValue"/> when only the socket is waited for.</summary>
    public long Due { get; private set; } = long.MaxValue;

    public bool WantsToWrite => !_unsent.IsEmpty || _answer is { Interval: 0 };

    /// <returns>False when the connection has ended.</returns>
    public bool Read()
    {
        var read = Socket.Receive(_request.Free, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return true;
        }

        if (error != SocketError.Success || read == 0)
        {
            return false;
        }

        return _request.Advance(read) is not { } request || Start(request.Line, request.Model);
    }

    /// <summary>Sends what is due and fits. False when the connection has ended.</summary>
    public bool Write(long now)
    {
        while (Flush())
        {
            if (!_unsent.IsEmpty || _answer is null || (_answer.Interval > 0 && now < Due))
            {
                return true;
            }

            _unsent = Chunk(_answer);
        }

        return false;
    }

    public void Dispose()
    {
        Socket.Dispose();
        _text.Dispose();
    }

    private bool Start(string line, string model)
    {
        if (!line.StartsWith("POST ", StringComparison.Ordinal))
        {
            _unsent = Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {Frames.Models.Length}\r\n\r\n{Encoding.UTF8.GetString(Frames.Models)}");
            return Write(0);
        }

        (_answer, _message, _delta) = (Answer.Parse(model), 0, 0);
        _text.SetLength(0);
        Due = _answer.Interval == 0 ? long.MaxValue : MonotonicClock.Now + (_answer.Interval * (_phase + 1) / Phases);
        byte[] data = [.. Frames.Started, .. Frames.MessageStarted(0)];
        _unsent = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nx-request-id: req_bench\r\n"
            + $"Transfer-Encoding: chunked\r\n\r\n{data.Length:x}\r\n{Encoding.UTF8.GetString(data)}\r\n");
        return Write(MonotonicClock.Now);
    }

    private ReadOnlyMemory<byte> Chunk(Answer answer)
    {
        if (_delta == answer.Deltas)
        {
            return Tail(answer);
        }

        var length = ChunkHead;
        do
        {
            length += Frames.WriteDelta(_batch.AsSpan(length), _delta++, _text);
        }
        while (answer.Interval == 0 && _delta < answer.Deltas && length + Frames.LongestDelta < ChunkHead + BatchSize);

        Due = answer.Interval == 0 ? long.MaxValue : Due + answer.Interval;
        Encoding.ASCII.GetBytes($"{length - ChunkHead:x8}\r\n", _batch);
        "\r\n"u8.CopyTo(_batch.AsSpan(length));
        return _batch.AsMemory(0, length + 2);
    }

    private byte[] Tail(Answer answer)
    {
        if (answer.Deltas == 0)
        {
            _text.Write("Hello"u8);
        }

        var done = Frames.MessageDone(_message, _text);
        var text = Encoding.UTF8.GetString(_text.GetBuffer(), 0, (int)_text.Length);
        _text.SetLength(0);
        if (++_message < answer.Messages)
        {
            _delta = 0;
            return Framed([.. done, .. Frames.MessageStarted(_message)], "");
        }

        // Gateways leave the list out when it is long, and so does this one: many messages would repeat megabytes.
        (_answer, Due) = (null, long.MaxValue);
        return Framed([.. done, .. Frames.Completed(answer.Messages > 1 ? "[]" : $"[{Frames.Message(0, text)}]")], "0\r\n\r\n");
    }

    private static byte[] Framed(byte[] data, string end) =>
        [.. Encoding.ASCII.GetBytes($"{data.Length:x}\r\n"), .. data, .. Encoding.ASCII.GetBytes("\r\n" + end)];

    private bool Flush()
    {
        if (_unsent.IsEmpty)
        {
            return true;
        }

        var sent = Socket.Send(_unsent.Span, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return true;
        }

        _unsent = _unsent[Math.Max(sent, 0)..];
        return error == SocketError.Success;
    }
}
