namespace AotSidecar.NativeTests.Providers;

/// <summary>The table of upstream faults, as the reader of a chat meets them.</summary>
public sealed class ProviderFaultTests(FaultySidecar faulty) : IClassFixture<FaultySidecar>
{
    private const string WeatherTool = ""","clientTools":[{"name":"get_weather","description":"d","parameters":{"type":"object"}}]""";

    public static TheoryData<string> Rows => [.. ProviderFault.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Turn_WhileTheProviderMisbehaves_EndsAsTheTableSays(string row)
    {
        var fault = ProviderFault.All[row];
        var session = await faulty.MintAsync(WeatherTool);
        faulty.Provider.Answer = fault.Answer;
        var before = faulty.Provider.Requests.Count;

        using var stream = await faulty.Sidecar.StreamAsync(session, "hello");
        await stream.ToEndAsync();

        var error = stream.Error;
        Assert.True(fault.Reason == (string?)error?["reason"], $"{row}: {stream.Raw}");
        Assert.True(stream.EndedCleanly);
        if (error is not null)
        {
            Assert.Equal(fault.Custom ? "custom" : "stream.error", (string?)error["code"]);
            Assert.Equal(fault.Retry, (bool?)error["allow_retry"] ?? false);
            Assert.False(string.IsNullOrWhiteSpace((string?)error["message"]));
        }

        Assert.Equal(fault.Text, stream.Deltas);
        Assert.Equal(fault.Text, KeptText(stream));
        Assert.Equal(fault.Asked, faulty.Provider.Requests.Count - before);
        faulty.AssertNothingOf(ProviderFault.Words, stream.Raw.ToString());
    }

    [Fact]
    public async Task U1_ARefusedKey_EndsAllItsSessionsAndNoOther()
    {
        var (session, other) = (await faulty.MintAsync(keyId: "refused"), await faulty.MintAsync(keyId: "good"));
        var same = await faulty.MintAsync(keyId: "refused");
        faulty.Provider.Answer = ProviderFault.All["U1 401"].Answer;

        using (var stream = await faulty.Sidecar.StreamAsync(session, "hello"))
        {
            await stream.ToEndAsync();
        }

        Assert.Equal("invalid_credential", (await faulty.Sidecar.ChatAsync(session, ChatBody.List)).Code);
        Assert.Equal("invalid_credential", (await faulty.Sidecar.ChatAsync(same, ChatBody.List)).Code);
        Assert.Equal(200, (await faulty.Sidecar.ChatAsync(other, ChatBody.List)).Status);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task U8_ARedirect_GetsNoConnection(int status)
    {
        using var target = new FakeProvider();
        faulty.Provider.Answer = exchange => exchange.ReplyAsync(
            status, ProviderFault.Words, $"Location: {target.BaseUrl}/responses\r\n");

        using var stream = await faulty.Sidecar.StreamAsync(await faulty.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Equal("upstream_redirect", (string?)stream.Error?["reason"]);
        Assert.Empty(target.Requests);
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task U17_TinyEventsAtFullSpeed_AllArrive()
    {
        const int Count = 20_000;
        faulty.Provider.Answer = exchange => ResponsesStream.WordsAsync(exchange, [.. Enumerable.Repeat("x", Count)]);

        using var stream = await faulty.Sidecar.StreamAsync(await faulty.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal(new string('x', Count), stream.Deltas);
    }

    [Fact]
    public async Task U19_Cookies_AreNotKept()
    {
        var session = await faulty.MintAsync();
        faulty.Provider.Answer = ProviderFault.All["U19 1000 cookies"].Answer;

        for (var turn = 0; turn < 2; turn++)
        {
            using var stream = await faulty.Sidecar.StreamAsync(session, "hello");
            await stream.ToEndAsync();
        }

        Assert.Null(faulty.Provider.Requests[^1].Header("Cookie"));
    }

    private static string KeptText(ChatStream stream) => string.Concat(stream.Events
        .Where(item => (string?)item["type"] == "thread.item.done" && (string?)item["item"]!["type"] == "assistant_message")
        .SelectMany(item => item["item"]!["content"]!.AsArray())
        .Select(part => (string?)part!["text"]));
}
