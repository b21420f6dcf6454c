using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// Reads requests from one connection. The socket is read all the time, so that a close is seen while a reply is still
/// being written.
/// </summary>
internal sealed class ProviderConnection(Socket socket)
{
    private readonly Pipe _pipe = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task ServeAsync(Func<ProviderExchange, Task> answer)
    {
        var pump = PumpAsync();
        var reader = _pipe.Reader.AsStream();
        try
        {
            while (await ReadRequestAsync(reader) is { } request)
            {
                await answer(new ProviderExchange(socket, request, _closed.Task));
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // the sidecar has gone away in the middle: tests look at that through ClientClosed
        }

        socket.Dispose();
        await pump;
    }

    private async Task PumpAsync()
    {
        try
        {
            while (await socket.ReceiveAsync(_pipe.Writer.GetMemory(8192), CancellationToken.None) is > 0 and var count)
            {
                _pipe.Writer.Advance(count);
                await _pipe.Writer.FlushAsync(CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // a reset is a close
        }

        await _pipe.Writer.CompleteAsync();
        _closed.TrySetResult();
    }

    private static async Task<ProviderRequest?> ReadRequestAsync(Stream reader)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await reader.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var text = Encoding.Latin1.GetString([.. head]).TrimEnd();
        var line = text[..text.IndexOf("\r\n", StringComparison.Ordinal)].Split(' ');
        var request = new ProviderRequest(line[0], line[1], text, [], TimeProvider.System.GetTimestamp());
        return request with { Body = await ReadBodyAsync(reader, request) };
    }

    private static async Task<byte[]> ReadBodyAsync(Stream reader, ProviderRequest request)
    {
        if (request.Header("Transfer-Encoding") is null)
        {
            var body = new byte[int.Parse(request.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
            await reader.ReadExactlyAsync(body);
            return body;
        }

        using var all = new MemoryStream();
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(reader), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = new byte[size];
            await reader.ReadExactlyAsync(chunk);
            await ReadLineAsync(reader);
            if (size == 0)
            {
                return all.ToArray();
            }

            all.Write(chunk);
        }
    }

    private static async Task<string> ReadLineAsync(Stream reader)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await reader.ReadExactlyAsync(one);
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }
    }
}
