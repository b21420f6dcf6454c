using System.Collections.Concurrent;
using System.Net.Sockets;

namespace AotSidecar.NativeTests.Http;

/// <summary>
/// Connections without a good credential, however many and of whatever kind, keep no client with one out.
/// </summary>
public sealed class FloodTests
{
    /// <summary>How many of a kind are open at once; the kinds run side by side, and together fill every place.</summary>
    private const int OpenAtOnce = 100;

    /// <summary>Between two connections of a kind: the flood must outnumber the sidecar's places, not the processors' time.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(4);

    private const string Head = $"POST /chatkit HTTP/1.1\r\n{RawRequest.Host}{RawRequest.Json}";

    private static readonly string[] Kinds =
    [
        "",
        "G",
        "\u0016\u0003\u0001\u0002\0\u0001\0",
        "POST /chatkit HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        $"{Head}Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n",
        $"{Head}Content-Length: 100000\r\n\r\nhalf a body",
        $"OPTIONS /chatkit HTTP/1.1\r\n{RawRequest.Host}Origin: vscode-webview://0abc\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        $"GET /health HTTP/1.1\r\n{RawRequest.Host}\r\n",
    ];

    [Fact]
    public async Task GoodToken_DuringAFloodOfEveryKind_IsAlwaysAnswered()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":1000}""");
        using var over = new CancellationTokenSource();
        var floods = Kinds.Select(kind => Task.Run(() => FloodAsync(sidecar.Port, sidecar.Fill(kind), over.Token))).ToList();

        for (var asked = 0; asked < 30; asked++)
        {
            var reply = await sidecar.ChatAsync(session, ChatBody.List);

            Assert.True(reply.Status == 200, $"{asked}: {reply}");
            await Deadline.Passes(TimeSpan.FromMilliseconds(500));
        }

        await over.CancelAsync();
        await Task.WhenAll(floods).Within("the end of the flood");
    }

    /// <summary>Opens one connection after the other, and holds so many of them open.</summary>
    private static async Task FloodAsync(int port, string sent, CancellationToken cancellationToken)
    {
        var open = new ConcurrentQueue<RawConnection>();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var connection = await RawConnection.OpenAsync(port);
                open.Enqueue(connection);
                await connection.SendUnlessRefusedAsync(System.Text.Encoding.Latin1.GetBytes(sent));
            }
            catch (SocketException)
            {
                // the server's backlog is full
            }

            await Deadline.Passes(Pace);
            if (open.Count > OpenAtOnce && open.TryDequeue(out var oldest))
            {
                oldest.Dispose();
            }
        }

        foreach (var connection in open)
        {
            connection.Dispose();
        }
    }
}
