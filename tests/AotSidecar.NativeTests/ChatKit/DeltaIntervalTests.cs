namespace AotSidecar.NativeTests.ChatKit;

/// <summary>What a page gets of a provider that writes a whole answer at once.</summary>
public sealed class DeltaIntervalTests
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 200).Select(static n => $" word{n}")];

    [Fact]
    public async Task ABurst_WithALongInterval_IsTheFirstDeltaAndTheRestTogether()
    {
        await using var sidecar = await StartAsync("1000");

        var deltas = await AskAsync(sidecar);

        Assert.Equal(string.Concat(Words), string.Concat(deltas));
        Assert.Equal(Words[0], deltas[0]);
        Assert.InRange(deltas.Count, 2, 4);
    }

    [Fact]
    public async Task ABurst_WithoutAnInterval_IsADeltaForEachOfTheProviders()
    {
        await using var sidecar = await StartAsync("0");

        Assert.Equal(Words, await AskAsync(sidecar));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    public async Task Help_OfBothCommands_NamesTheFlag(string command)
    {
        await using var process = await SidecarProcess.StartAsync(new Launch(command, "--help"));

        await process.ExitCodeAsync();

        Assert.Contains("--delta-interval <ms>", process.Output.Text, StringComparison.Ordinal);
    }

    private static Task<Sidecar> StartAsync(string interval) => Sidecar.StartAsync(new SidecarSetup
    {
        Flags = ["--upstream-api", "chat-completions", "--delta-interval", interval],
    });

    private static async Task<List<string>> AskAsync(Sidecar sidecar)
    {
        var body = string.Concat(Words.Select(static word => Chunk($"{{\"content\":\"{word}\"}}", "null")))
            + Chunk("{}", "\"stop\"") + "data: [DONE]\n\n";
        sidecar.Provider.Answer = exchange => exchange.ReplyAsync(200, body, "Content-Type: text/event-stream\r\n");
        using var stream = await sidecar.Door.StreamAsync(await sidecar.MintAsync(), ChatBody.Message("hello"));
        await stream.ToEndAsync();
        return [.. stream.Events.Select(static one => (string?)one["update"]?["delta"]).OfType<string>()];
    }

    private static string Chunk(string delta, string finish) =>
        $$"""data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""" + "\n\n";
}
