using System.Globalization;

namespace AotSidecar.NativeTests.Http;

/// <summary>What the server's own parser refuses (docs/security.md#rows-h-http): each status is pinned, and each closes.</summary>
public sealed class ParserTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    public static TheoryData<string, string, int> Refusals => new()
    {
        { "H1 no Host", RawRequest.Chat(host: ""), 400 },
        { "H7 two Hosts", RawRequest.Chat(host: RawRequest.Host + RawRequest.Host), 400 },
        { "H8 absolute form", RawRequest.Chat(line: "POST http://evil/ HTTP/1.1"), 400 },
        { "H23 length -1", RawRequest.ChatWithLength("-1"), 400 },
        { "H23 length +48", RawRequest.ChatWithLength("+48"), 400 },
        { "H23 length -0", RawRequest.ChatWithLength("-0"), 400 },
        { "H23 no length", RawRequest.ChatWithLength(""), 400 },
        { "H23 a length of 40 digits", RawRequest.ChatWithLength(new string('0', 38) + "48"), 400 },
        { "H23 length 1e99", RawRequest.ChatWithLength("1e99"), 400 },
        { "H23 length 5,5", RawRequest.ChatWithLength("5,5"), 400 },
        { "H23 length 2^64", RawRequest.ChatWithLength("18446744073709551616"), 400 },
        { "H23 two lengths", RawRequest.Chat(more: "Content-Length: 5\r\n"), 400 },
        { "H24 length and coding", RawRequest.Chat(more: "Transfer-Encoding: chunked\r\n"), 400 },
        { "H25 identity", RawRequest.ChatWithCoding("identity"), 400 },
        { "H25 xchunked", RawRequest.ChatWithCoding("xchunked"), 400 },
        { "H25 chunked, gzip", RawRequest.ChatWithCoding("chunked, gzip"), 400 },
        { "H28 101 headers", RawRequest.Chat(more: Headers(101)), 431 },
        { "H28 17 KiB of headers", RawRequest.Chat(more: Header("A", 8500) + Header("B", 8500)), 431 },
        { "H28 64 KiB in one header", RawRequest.Chat(more: Header("A", 65536)), 431 },
        { "H29 5 KiB request line", RawRequest.Chat(line: $"POST /chatkit?{new string('x', 5120)} HTTP/1.1"), 414 },
        { "H30 NUL", RawRequest.Chat(more: "X-Test: a\0b\r\n"), 400 },
        { "H30 bare CR", RawRequest.Chat(more: "X-Test: a\rb\r\n"), 400 },
        { "H30 folded line", RawRequest.Chat(more: "X-Test: a\r\n b\r\n"), 400 },
        { "H30 space before the colon", RawRequest.Chat(more: "X-Test : a\r\n"), 400 },
        { "H30 non-ASCII name", RawRequest.Chat(more: "X-T\u00e9st: a\r\n"), 400 },
        { "HTTP/9", RawRequest.Chat(line: "POST /chatkit HTTP/9.0"), 505 },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Request_ThatIsNotHttp_IsRefusedAndClosed(string row, string request, int status)
    {
        var before = shared.Sidecar.Provider.Requests.Count;
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendUnlessRefusedAsync(System.Text.Encoding.Latin1.GetBytes(shared.Fill(request)));
        var reply = await connection.ReadReplyAsync();

        Assert.True(reply.Status == status, $"{row}: {reply}");
        Assert.True(await connection.ClosesAsync(), row);
        Assert.Equal(before, shared.Sidecar.Provider.Requests.Count);
        Assert.True(await shared.Sidecar.IsHealthyAsync());
    }

    [Fact]
    public async Task Request_SmuggledBehindALengthAndACoding_IsNeverExecuted()
    {
        var smuggled = shared.Fill(RawRequest.Chat());
        var outer = shared.Fill(
            $"POST /chatkit HTTP/1.1\r\n{RawRequest.Host}{RawRequest.Token}{RawRequest.Json}"
            + $"Content-Length: {smuggled.Length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}");
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync(outer);
        var reply = await connection.ReadReplyAsync();

        Assert.Equal(400, reply.Status);
        Assert.True(await connection.ClosesAsync());
    }

    [Theory]
    [InlineData("/chatkit", "100000000")]
    [InlineData("/chatkit", "ffffffffffffffff")]
    [InlineData("/chatkit", "zz")]
    [InlineData("/chatkit", "-1")]
    [InlineData("/v1/responses", "100000000")]
    [InlineData("/v1/responses", "ffffffffffffffffffff")]
    [InlineData("/v1/responses", "zz")]
    [InlineData("/v1/audio/transcriptions", "7fffffffffffffff")]
    public async Task ChunkSize_ThatIsNone_IsABadRequest(string path, string size)
    {
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync(shared.Fill(
            $"POST {path} HTTP/1.1\r\n{RawRequest.Host}{RawRequest.Token}{RawRequest.Json}Transfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}"));
        var reply = await connection.ReadReplyAsync();

        Assert.Equal(400, reply.Status);
        Assert.True(await connection.ClosesAsync());
    }

    [Fact]
    public async Task Http2Preface_OnTheHttp1Port_IsSentAwayAndClosed()
    {
        const byte goAway = 7;
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        var frame = await connection.ReadSomeAsync(64);

        Assert.Equal(goAway, frame[3]);
        Assert.True(await connection.ClosesAsync());
        Assert.True(await shared.Sidecar.IsHealthyAsync());
    }

    [Fact]
    public async Task TlsHello_OnThePlainPort_IsRefusedAndClosed()
    {
        byte[] hello = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00, (byte)'\n'];
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync(hello);
        var first = await connection.ReadLineAsync();

        Assert.True(first.Length == 0 || first.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), first);
        Assert.True(await shared.Sidecar.IsHealthyAsync());
    }

    private static string Header(string name, int length) => $"X-{name}: {new string('x', length)}\r\n";

    private static string Headers(int count) => string.Concat(
        Enumerable.Range(0, count).Select(index => string.Create(CultureInfo.InvariantCulture, $"X-{index}: x\r\n")));
}
