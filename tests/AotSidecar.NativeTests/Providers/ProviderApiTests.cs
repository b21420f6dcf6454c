namespace AotSidecar.NativeTests.Providers;

/// <summary>The other provider API, chosen by the flag or by the host for one key.</summary>
public sealed class ProviderApiTests
{
    [Fact]
    public async Task ChatCompletions_ByTheFlag_StreamsTheSameEvents()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--upstream-api", "chat-completions"] });
        sidecar.Provider.Answer = exchange => ChatCompletionsStream.WordsAsync(exchange, "one", " two");

        using var stream = await sidecar.StreamAsync(await sidecar.MintAsync(), "hello");
        await stream.ToEndAsync();

        Assert.Equal("one two", stream.Deltas);
        Assert.Null(stream.Error);
        Assert.Equal("/v1/chat/completions", Assert.Single(sidecar.Provider.Requests).Target);
    }

    [Fact]
    public async Task ChatCompletions_ByTheHost_IsUsedForItsKeyAlone()
    {
        await using var sidecar = await Sidecar.StartAsync();
        sidecar.Host.OnSecretsGet = (connection, request) => connection.ReplyAsync(request["id"]!, $$"""
            {"secret":"sk-test-0123456789","baseUrl":"{{sidecar.Provider.BaseUrl}}","api":"chat-completions","model":"local-1"}
            """);
        sidecar.Provider.Answer = exchange => ChatCompletionsStream.WordsAsync(exchange, "one", " two");
        var local = await sidecar.MintAsync("local");
        sidecar.Host.OnSecretsGet = sidecar.Host.GiveSecretAsync;
        var openai = await sidecar.MintAsync();

        using (var stream = await sidecar.StreamAsync(local, "hello"))
        {
            await stream.ToEndAsync();
        }

        sidecar.Provider.Answer = ResponsesStream.TextAsync;
        using (var stream = await sidecar.StreamAsync(openai, "hello"))
        {
            await stream.ToEndAsync();
        }

        Assert.Equal(
            ["/v1/chat/completions", "/v1/responses"], sidecar.Provider.Requests.Select(request => request.Target));
        Assert.Equal("local-1", (string?)sidecar.Provider.Requests[0].Json["model"]);
    }

    [Fact]
    public async Task Relay_OfAStream_HasTheHeadersOfAStream()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();

        // Opening it checks its head against docs/contract.md.
        using var stream = await sidecar.Door.OpenStreamAsync(
            new HttpCall("POST", "/v1/responses") { Bearer = session.Token, Body = """{"stream":true}""" });

        Assert.Equal("/v1/responses", Assert.Single(sidecar.Provider.Requests).Target);
    }
}
