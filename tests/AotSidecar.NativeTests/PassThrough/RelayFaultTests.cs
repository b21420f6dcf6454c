using System.Text;
using AotSidecar.NativeTests.Providers;

namespace AotSidecar.NativeTests.PassThrough;

/// <summary>
/// The table of upstream faults on <c>/v1</c>: what the provider says passes through as it is, its refusal of the key and
/// what keeps it from saying anything do not.
/// </summary>
public sealed class RelayFaultTests(FaultySidecar faulty) : IClassFixture<FaultySidecar>
{
    private const string Body = $$"""{ "error": {"message":"{{ProviderFault.Words}}"} }""" + "\n";

    [Theory]
    [InlineData(400, "")]
    [InlineData(403, "")]
    [InlineData(404, "")]
    [InlineData(409, "")]
    [InlineData(413, "")]
    [InlineData(422, "")]
    [InlineData(429, "7")]
    [InlineData(429, "999999")]
    [InlineData(500, "")]
    [InlineData(503, "3")]
    [InlineData(529, "")]
    public async Task U2To5_ARefusal_PassesThroughByteForByte(int status, string retryAfter)
    {
        var headers = "Content-Type: application/json\r\n" + (retryAfter.Length > 0 ? $"Retry-After: {retryAfter}\r\n" : "");
        var before = faulty.Provider.Requests.Count;

        var reply = await AskAsync(exchange => exchange.ReplyAsync(status, Body, headers));

        Assert.Equal((status, Body), (reply.Status, reply.Text));
        Assert.Equal(retryAfter, reply.Header("Retry-After") ?? "");
        Assert.Equal(1, faulty.Provider.Requests.Count - before);
    }

    [Theory]
    [InlineData("U1 401", 502, "upstream_auth_failed")]
    [InlineData("U19 head of 65 KiB", 502, "upstream_bad_response")]
    public async Task Reply_ThatCannotPass_IsOurs(string row, int status, string code)
    {
        var reply = await AskAsync(ProviderFault.All[row].Answer);

        Assert.Equal((status, code), (reply.Status, reply.Code));
        faulty.AssertNothingOf(ProviderFault.Words, reply.ToString());
    }

    [Fact]
    public async Task U1_ARefusedKey_EndsTheSession()
    {
        var session = await faulty.MintAsync();
        faulty.Provider.Answer = ProviderFault.All["U1 401"].Answer;

        var reply = await SendAsync(session);
        var next = await SendAsync(session);

        Assert.Equal((502, 401), (reply.Status, next.Status));
        Assert.Null(reply.Header("WWW-Authenticate"));
        Assert.Equal("invalid_credential", next.Code);
    }

    [Theory]
    [InlineData("U9 captive portal")]
    [InlineData("U10 empty")]
    [InlineData("U10 no end after text")]
    [InlineData("U12 CR")]
    [InlineData("U13 broken events")]
    [InlineData("U20 failed for the quota")]
    public async Task Reply_WhateverIsInIt_PassesThrough(string row)
    {
        var fault = ProviderFault.All[row];
        var direct = await DirectAsync(fault.Answer);

        var reply = await AskAsync(fault.Answer);

        Assert.Equal(direct.Status, reply.Status);
        Assert.Equal(direct.Body, reply.Body);
        Assert.Equal(direct.Header("Content-Type"), reply.Header("Content-Type"));
    }

    [Fact]
    public async Task U14_AReplyOfManyMebibytes_PassesThrough()
    {
        var body = new string('x', 8 << 20);

        var reply = await AskAsync(exchange => exchange.ReplyAsync(200, body, "Content-Type: text/event-stream\r\n"));

        Assert.Equal(body.Length, reply.Body.Length);
        Assert.True(reply.Body.AsSpan().IndexOfAnyExcept((byte)'x') < 0);
    }

    [Theory]
    [InlineData("before the head", "")]
    [InlineData("in the head", "HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("in a status line of nobody", "SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    public async Task U6_AConnectionThatEndsBeforeTheReply_Is502(string where, string sent)
    {
        var reply = await AskAsync(async exchange =>
        {
            await exchange.SendAsync(sent);
            exchange.Close();
        });

        Assert.True(reply.Status == 502, $"{where}: {reply}");
        Assert.Contains(reply.Code, (IEnumerable<string>)["upstream_unreachable", "upstream_bad_response"]);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"half\":")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\n{\"half\":")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task U10_AReplyThatIsCut_IsCutForThePageToo(string rest)
    {
        var session = await faulty.MintAsync();
        faulty.Provider.Answer = async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + rest);
            exchange.Close();
        };
        using var connection = await faulty.Sidecar.ConnectAsync();
        await connection.SendAsync(Call(session).ToBytes(faulty.Sidecar.Door.Authority));

        using var received = new MemoryStream();
        while (await connection.ReadSomeAsync(4096) is { Length: > 0 } bytes)
        {
            received.Write(bytes);
        }

        // the head may have gone out or not; the end of the body must not
        var text = Encoding.UTF8.GetString(received.ToArray());
        Assert.DoesNotContain("\r\n0\r\n\r\n", text, StringComparison.Ordinal);
        Assert.True(text.Length == 0 || text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), text);
        Assert.True(text.Length == 0 || !text.Contains("Content-Length: 8\r\n", StringComparison.Ordinal), text);
    }

    [Theory]
    [InlineData("200 OK\r\nx-request-id: \u00e9\r\nContent-Length: 2", 200, "{}")]
    [InlineData("200 OK\r\nContent-Type: text/\u0001\r\nContent-Length: 2", 200, "{}")]
    [InlineData("200 OK\r\nx-ratelimit-limit: \u00ff\r\nContent-Length: 2", 200, "{}")]
    [InlineData("999 Odd\r\nContent-Length: 2", 999, "{}")]
    [InlineData("204 None", 204, "")]
    [InlineData("204 None\r\nContent-Length: 2", 204, "")]
    [InlineData("205 None\r\nContent-Length: 2", 205, "")]
    [InlineData("200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked", 200, "{}")]
    public async Task Reply_WithAnOddHead_PassesThroughAsFarAsItCan(string head, int status, string body)
    {
        var sent = head.Contains("chunked", StringComparison.Ordinal) ? "2\r\n{}\r\n0\r\n\r\n" : "{}";

        var reply = await AskAsync(exchange => exchange.SendAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {head}\r\n\r\n{sent}")));

        Assert.Equal((status, body), (reply.Status, reply.Text));
    }

    [Fact]
    public async Task Reply_ThatChangesTheProtocol_IsRefused()
    {
        var reply = await AskAsync(exchange => exchange.SendAsync(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"));

        Assert.Equal((502, "upstream_bad_response"), (reply.Status, reply.Code));
    }

    private static HttpCall Call(Session session) => new("POST", "/v1/responses") { Bearer = session.Token, Body = "{}" };

    private Task<RawReply> SendAsync(Session session) => faulty.Sidecar.SendAsync(Call(session));

    private async Task<RawReply> AskAsync(Func<ProviderExchange, Task> answer)
    {
        var session = await faulty.MintAsync();
        faulty.Provider.Answer = answer;
        using var connection = await faulty.Sidecar.ConnectAsync();
        await connection.SendAsync(Call(session).ToBytes(faulty.Sidecar.Door.Authority));
        return await connection.ReadReplyAsync();
    }

    /// <summary>What the provider itself replies.</summary>
    private static async Task<RawReply> DirectAsync(Func<ProviderExchange, Task> answer)
    {
        using var provider = new FakeProvider { Answer = answer };
        var url = new Uri(provider.BaseUrl);
        using var connection = await RawConnection.OpenAsync(url.Port);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/responses HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: 0\r\n\r\n"));
        return await connection.ReadReplyAsync();
    }
}
