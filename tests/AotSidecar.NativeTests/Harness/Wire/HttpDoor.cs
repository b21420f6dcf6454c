using System.Globalization;

namespace AotSidecar.NativeTests.Harness;

/// <summary>The sidecar's port, and requests to it with every reply checked against docs/contract.md.</summary>
internal sealed class HttpDoor(int port)
{
    public int Port { get; } = port;

    public string Authority { get; } = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(Port);

    public async Task<RawReply> SendAsync(HttpCall call)
    {
        using var connection = await ConnectAsync();
        await connection.SendUnlessRefusedAsync(call.ToBytes(Authority));
        var reply = await connection.ReadReplyAsync(call.Method != "HEAD");
        ReplyContract.Assert(reply);
        return reply;
    }

    public Task<ChatStream> StreamAsync(Session session, string body) =>
        OpenStreamAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = body });

    public async Task<ChatStream> OpenStreamAsync(HttpCall call)
    {
        var connection = await ConnectAsync();
        await connection.SendAsync(call.ToBytes(Authority));
        var (status, headers, head) = await connection.ReadHeadAsync();
        Assert.True(status == 200, head);
        ReplyContract.AssertStreamHead(headers);
        return new ChatStream(connection, headers);
    }
}
