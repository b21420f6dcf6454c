namespace AotSidecar.NativeTests.Providers;

/// <summary>A provider's id of a request is logged for its support, unless it is something else.</summary>
public sealed class RequestIdTests
{
    [Theory]
    [InlineData("req_0123456789abcdef0123456789abcdef", true)]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", true)]
    [InlineData("{key}", false)]
    [InlineData("req.{key}", false)]
    [InlineData("two words", false)]
    [InlineData("a0123456789012345678901234567890123456789012345678901234567890123456789", false)]
    public async Task RequestId_OfARefusal_IsLoggedOnlyWhenItLooksLikeOneAndIsNotTheKey(string id, bool logged)
    {
        var sent = "";
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Provider.Answer = exchange =>
        {
            sent = id.Replace("{key}", exchange.Request.Bearer, StringComparison.Ordinal);
            return exchange.ReplyAsync(400, "{}", $"Content-Type: application/json\r\nx-request-id: {sent}\r\n");
        };

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        var line = await sidecar.Process.Errors.LineAsync(line => line.Contains("the provider failed", StringComparison.Ordinal));

        Assert.NotNull(stream.Error);
        Assert.Equal(logged, line!.Contains(sent, StringComparison.Ordinal));
    }
}
