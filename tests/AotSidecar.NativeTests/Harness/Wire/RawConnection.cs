using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>An HTTP client that sends exactly the bytes it is given and reads exactly the bytes that come.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16384];
    private int _start;
    private int _end;

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>
    /// Connects without giving the thread away: the sidecar waits 2 s for the first byte, and on a busy machine a
    /// continuation may come later than that.
    /// </summary>
    public static Task<RawConnection> OpenAsync(int port, IPAddress? address = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
#pragma warning disable CA1849 // see above; on this machine a connect takes no time
            socket.Connect(new IPEndPoint(address ?? IPAddress.Loopback, port));
#pragma warning restore CA1849
            return Task.FromResult(new RawConnection(socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _socket.SendAsync(bytes, Deadline.Token());

    public Task SendAsync(string latin1) => SendAsync(Encoding.Latin1.GetBytes(latin1));

    /// <summary>Sends as much as the other side takes; a server may refuse a request before it has read all of it.</summary>
    public async Task SendUnlessRefusedAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (SocketException)
        {
            // the reply says why
        }
    }

    public async Task<RawReply> ReadReplyAsync(bool hasBody = true)
    {
        var (status, headers, head) = await ReadHeadAsync();
        using var body = new MemoryStream();
        if (hasBody && status is not (204 or 304))
        {
            var reader = new RawBody(this, headers);
            while (await reader.ReadAsync() is { Length: > 0 } bytes)
            {
                body.Write(bytes);
            }
        }

        return new RawReply(status, headers, body.ToArray(), head);
    }

    public async Task<(int Status, List<KeyValuePair<string, string>> Headers, string Head)> ReadHeadAsync()
    {
        var head = new StringBuilder();
        var lines = new List<string>();
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            head.Append(line).Append('\n');
            lines.Add(line);
        }

        Assert.StartsWith("HTTP/1.1 ", lines.FirstOrDefault() ?? "(closed without a reply)", StringComparison.Ordinal);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .Select(parts => KeyValuePair.Create(parts[0], parts.ElementAtOrDefault(1) ?? "")).ToList();
        return (int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture), headers, head.ToString());
    }

    /// <summary>Whether the server closes without sending anything more.</summary>
    public async Task<bool> ClosesAsync() => await FillAsync() == 0;

    public async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadByteAsync() is { } value)
        {
            if (value == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)value);
        }

        return line.ToString();
    }

    /// <summary>What is there, at most so many bytes; empty when the server has closed.</summary>
    public async Task<byte[]> ReadSomeAsync(int limit)
    {
        if (_start == _end && await FillAsync() == 0)
        {
            return [];
        }

        var bytes = _buffer.AsSpan(_start, Math.Min(limit, _end - _start)).ToArray();
        _start += bytes.Length;
        return bytes;
    }

    /// <summary>Closes with a reset instead of an orderly end.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte?> ReadByteAsync() =>
        _start == _end && await FillAsync() == 0 ? null : _buffer[_start++];

    private async Task<int> FillAsync()
    {
        if (_start < _end)
        {
            return _end - _start;
        }

        try
        {
            (_start, _end) = (0, await _socket.ReceiveAsync(_buffer, Deadline.Token()));
        }
        catch (SocketException)
        {
            // a reset ends the reply as a close does
            (_start, _end) = (0, 0);
        }

        return _end;
    }
}
