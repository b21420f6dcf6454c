using System.Globalization;

namespace AotSidecar.NativeTests.Http;

/// <summary>Bodies and the time they take: docs/security.md#rows-h-http, H21 to H32.</summary>
public sealed class BodyLimitTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    [Theory]
    [InlineData("H21 /sessions", "/sessions", "{S}", (128 * 1024) + 1)]
    [InlineData("H21 /chatkit", "/chatkit", "{T}", (4 * 1024 * 1024) + 1)]
    public async Task Body_AnnouncedOverTheLimit_IsRefusedBeforeItIsRead(string row, string path, string bearer, int length)
    {
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync(Head(path, bearer, $"Content-Length: {length}"));
        var reply = await connection.ReadReplyAsync();

        Assert.True(reply.Status == 413, $"{row}: {reply}");
        ReplyContract.Assert(reply);
        Assert.Equal("payload_too_large", reply.Code);
        Assert.True(await connection.ClosesAsync());
    }

    [Fact]
    public async Task Body_InChunksOverTheLimit_IsRefusedAndClosed()
    {
        var chunk = new byte[65536];
        Array.Fill(chunk, (byte)' ');
        using var connection = await shared.Sidecar.ConnectAsync();

        await connection.SendAsync(Head("/chatkit", "{T}", $"Transfer-Encoding: chunked"));
        for (var sent = 0; sent <= 4 * 1024 * 1024; sent += chunk.Length)
        {
            await connection.SendUnlessRefusedAsync("10000\r\n"u8.ToArray());
            await connection.SendUnlessRefusedAsync(chunk);
            await connection.SendUnlessRefusedAsync("\r\n"u8.ToArray());
        }

        var reply = await connection.ReadReplyAsync();

        Assert.True(reply.Status == 413, $"H22: {reply}");
        ReplyContract.Assert(reply);
        Assert.Equal("payload_too_large", reply.Code);
        Assert.True(await connection.ClosesAsync());
    }

    [Fact]
    public async Task Body_CutShort_NeverReachesTheProvider()
    {
        var before = shared.Sidecar.Provider.Requests.Count;
        var body = ChatBody.Message("cut");
        using (var connection = await shared.Sidecar.ConnectAsync())
        {
            await connection.SendAsync(Head("/chatkit", "{T}", $"Content-Length: {body.Length}") + body[..^3]);
        }

        Assert.True(await shared.Sidecar.IsHealthyAsync());
        Assert.Equal(before, shared.Sidecar.Provider.Requests.Count);
    }

    [Fact]
    public async Task Headers_OneByteASecond_AreTimedOut()
    {
        using var connection = await shared.Sidecar.ConnectAsync();
        var reply = connection.ReadReplyAsync();

        foreach (var value in "POST /chatkit HTTP/1.1\r\nX-Slow: one byte a second\r\n")
        {
            if (reply.IsCompleted)
            {
                break;
            }

            await connection.SendUnlessRefusedAsync(new[] { (byte)value });
            await Task.WhenAny(reply, Deadline.Passes(TimeSpan.FromSeconds(1)));
        }

        Assert.Equal(408, (await reply).Status);
        Assert.True(await connection.ClosesAsync());
    }

    [Fact]
    public async Task Body_TenBytesASecond_IsTimedOut()
    {
        using var connection = await shared.Sidecar.ConnectAsync();
        var reply = connection.ReadReplyAsync();

        await connection.SendAsync(Head("/chatkit", "{T}", $"Content-Length: 2000"));
        for (var sent = 0; sent < 200 && !reply.IsCompleted; sent++)
        {
            await connection.SendUnlessRefusedAsync(new byte[10]);
            await Task.WhenAny(reply, Deadline.Passes(TimeSpan.FromSeconds(1)));
        }

        Assert.Equal(408, (await reply).Status);
        Assert.True(await connection.ClosesAsync());
    }

    private string Head(string path, string bearer, FormattableString framing) => shared.Fill(
        $"POST {path} HTTP/1.1\r\n{RawRequest.Host}Authorization: Bearer {bearer}\r\n{RawRequest.Json}"
        + framing.ToString(CultureInfo.InvariantCulture) + "\r\n\r\n");
}
