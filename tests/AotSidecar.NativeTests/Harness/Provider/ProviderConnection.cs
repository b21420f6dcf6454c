using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// Reads requests from one connection. The socket is read all the time, so that a close is seen while a reply is still
/// being written.
/// </summary>
internal sealed class ProviderConnection(Socket socket, X509Certificate2? certificate)
{
    private readonly Pipe _pipe = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task ServeAsync(Func<ProviderExchange, Task> answer)
    {
        var pump = Task.CompletedTask;
        try
        {
            await using var stream = await OpenAsync();
#pragma warning disable CA2025 // awaited in the end; the stream's end is what ends it
            pump = PumpAsync(stream);
#pragma warning restore CA2025
            var reader = _pipe.Reader.AsStream();
            while (await ReadRequestAsync(reader) is { } request)
            {
                await answer(new ProviderExchange(socket, stream, request, _closed.Task));
            }
        }
        catch (AuthenticationException)
        {
            // the sidecar does not trust this provider: what it says of that is what the test looks at
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // the sidecar has gone away in the middle: tests look at that through ClientClosed
        }

        socket.Dispose();
        await pump;
    }

    private async Task<Stream> OpenAsync()
    {
        var plain = new NetworkStream(socket);
        if (certificate is null)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        // The certificate alone: by default the server looks for missing issuers itself.
        var chain = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = chain }, Deadline.Token());
        return secure;
    }

    private async Task PumpAsync(Stream stream)
    {
        try
        {
            while (await stream.ReadAsync(_pipe.Writer.GetMemory(8192), CancellationToken.None) is > 0 and var count)
            {
                _pipe.Writer.Advance(count);
                await _pipe.Writer.FlushAsync(CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
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
