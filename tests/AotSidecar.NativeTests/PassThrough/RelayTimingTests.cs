using System.Globalization;
using System.Text;

namespace AotSidecar.NativeTests.PassThrough;

/// <summary>
/// On <c>/v1</c> every byte reaches the page when the provider has sent it. The provider sends one piece at a time, and
/// the next one only once the page has received the last.
/// </summary>
public sealed class RelayTimingTests(FaultySidecar faulty) : IClassFixture<FaultySidecar>
{
    private const string Json = """{"object":"list","data":[]}""";

    [Theory]
    [InlineData("GET", "/v1/models", 200)]
    [InlineData("GET", "/v1/models/gpt-5", 404)]
    [InlineData("POST", "/v1/responses", 200)]
    [InlineData("POST", "/v1/responses", 400)]
    [InlineData("POST", "/v1/chat/completions", 429)]
    [InlineData("POST", "/v1/embeddings", 500)]
    public async Task Reply_WithALength_GoesOnPieceByPiece(string method, string path, int status)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Test\r\nContent-Type: application/json\r\nContent-Length: {Json.Length}\r\n\r\n");

        await AssertPiecesAsync(method, path, [head, Json[..9], Json[9..^1], Json[^1..]]);
    }

    [Theory]
    [InlineData(200, "application/json")]
    [InlineData(200, "text/event-stream")]
    [InlineData(503, "application/json")]
    public async Task Reply_InChunks_GoesOnChunkByChunk(int status, string type)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Test\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n");

        await AssertPiecesAsync("POST", "/v1/responses", [head, "3\r\none\r\n", "4\r\n two\r\n", "0\r\n\r\n"]);
    }

    [Fact]
    public async Task Reply_UntilTheEndOfTheConnection_GoesOnPieceByPiece() => await AssertPiecesAsync(
        "POST", "/v1/responses", ["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "data: 1\n\n", "data: 2\n\n"]);

    [Theory]
    [InlineData(300_019, 290_816)]
    [InlineData(300_019, 300_018)]
    [InlineData(32_768, 32_767)]
    [InlineData(65_537, 1)]
    public async Task Reply_OfManyKilobytes_GoesOnPieceByPiece(int length, int first)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");

        await AssertPiecesAsync("POST", "/v1/embeddings", [head, new string('x', first), new string('y', length - first)]);
    }

    /// <summary>The body as the page has it must grow by each piece's own bytes before the next piece is sent.</summary>
    private async Task AssertPiecesAsync(string method, string path, string[] pieces)
    {
        var session = await faulty.MintAsync();
        using var received = new SemaphoreSlim(0);
        faulty.Provider.Answer = async exchange =>
        {
            foreach (var piece in pieces)
            {
                await exchange.SendAsync(piece);
                await received.WaitAsync(Deadline.Token());
            }

            if (pieces[0].Contains("Connection: close", StringComparison.Ordinal))
            {
                exchange.Finish();
            }
        };
        using var page = await faulty.Sidecar.ConnectAsync();
        await page.SendAsync(new HttpCall(method, path) { Bearer = session.Token, Body = method == "GET" ? null : "{}" }
            .ToBytes(faulty.Sidecar.Door.Authority));

        var (_, headers, _) = await page.ReadHeadAsync();
        received.Release();
        var body = new RawBody(page, headers);
        foreach (var piece in pieces[1..])
        {
            var expected = Payload(pieces[0], piece);
            Assert.Equal(expected, await ReadAsync(body, expected.Length));
            received.Release();
        }

        Assert.Empty(await body.ReadAsync());
        Assert.True(body.Complete);
    }

    private static string Payload(string head, string piece) =>
        head.Contains("chunked", StringComparison.Ordinal) ? piece.Split("\r\n")[1] : piece;

    private static async Task<string> ReadAsync(RawBody body, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length && await body.ReadAsync() is { Length: > 0 } bytes)
        {
            text.Append(Encoding.ASCII.GetString(bytes));
        }

        return text.ToString();
    }
}
