using System.Globalization;

namespace AotSidecar.NativeTests.Providers;

/// <summary>The table of upstream faults where no stream has begun: a transcription is answered with a status.</summary>
public sealed class TranscriptionFaultTests(FaultySidecar faulty) : IClassFixture<FaultySidecar>
{
    private const string Recording = """
        {"type":"input.transcribe","params":{"audio_base64":"AAECAw==","mime_type":"audio/webm"}}
        """;

    [Theory]
    [InlineData("U1 401", 502, "upstream_auth_failed")]
    [InlineData("U2 403", 502, "upstream_rejected")]
    [InlineData("U3 429 without a time", 429, "upstream_rate_limited")]
    [InlineData("U3 429 without a quota", 429, "upstream_quota_exceeded")]
    [InlineData("U4 400", 400, "upstream_invalid_request")]
    [InlineData("U5 500", 502, "upstream_error")]
    [InlineData("U5 503", 502, "upstream_error")]
    [InlineData("U9 captive portal", 502, "upstream_bad_response")]
    [InlineData("U19 head of 65 KiB", 502, "upstream_bad_response")]
    public async Task Transcription_WhileTheProviderMisbehaves_IsAnsweredAsTheTableSays(string row, int status, string code)
    {
        var reply = await AskAsync(ProviderFault.All[row].Answer);

        Assert.Equal((status, code), (reply.Status, reply.Code));
        faulty.AssertNothingOf(ProviderFault.Words, reply.ToString());
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("1", "1")]
    [InlineData("999999", "3600")]
    [InlineData("99999999999999999999", null)]
    [InlineData("-1", null)]
    [InlineData("0", null)]
    [InlineData("soon", null)]
    [InlineData("Sat, 01 Jan 2000 00:00:20 GMT", null)]
    [InlineData("Fri, 31 Dec 2100 23:59:59 GMT", "3600")]
    public async Task U3_RetryAfter_IsSanitised(string theirs, string? ours)
    {
        var reply = await AskAsync(exchange => exchange.ReplyAsync(429, "{}", $"Retry-After: {theirs}\r\n"));

        Assert.Equal((429, "upstream_rate_limited"), (reply.Status, reply.Code));
        Assert.Equal(ours, reply.Header("Retry-After"));
    }

    [Fact]
    public async Task U3_RetryAfterAtADate_IsInSeconds()
    {
        var date = TimeProvider.System.GetUtcNow().AddMinutes(5).ToString("r", CultureInfo.InvariantCulture);

        var reply = await AskAsync(exchange => exchange.ReplyAsync(429, "{}", $"Retry-After: {date}\r\n"));

        Assert.InRange(int.Parse(reply.Header("Retry-After")!, CultureInfo.InvariantCulture), 240, 300);
    }

    [Fact]
    public async Task U8_ARedirect_Is502()
    {
        using var target = new FakeProvider();

        var reply = await AskAsync(exchange => exchange.ReplyAsync(307, "", $"Location: {target.BaseUrl}\r\n"));

        Assert.Equal((502, "upstream_redirect"), (reply.Status, reply.Code));
        Assert.Equal(0, target.Connections);
    }

    private async Task<RawReply> AskAsync(Func<ProviderExchange, Task> answer)
    {
        var session = await faulty.MintAsync();
        faulty.Provider.Answer = answer;
        return await faulty.Sidecar.ChatAsync(session, Recording);
    }
}
