using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests;

/// <summary>The main job with real parts on every side: Node host, published executable, provider over HTTP.</summary>
public sealed class MainJobTests : IAsyncLifetime
{
    private const string Key = "sk-test-main-job-0123456789";
    private readonly FakeProvider _provider = new();
    private NodeHost _host = null!;
    private HttpDoor _door = null!;

    public async Task InitializeAsync()
    {
        _host = await NodeHost.StartWithSidecarAsync(
            new JsonObject { ["openai-main"] = NodeHost.Secret(Key, _provider) }, flags: ["--log-level", "trace"]);
        _door = new HttpDoor(await _host.PortAsync());
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _provider.Dispose();
    }

    [Fact]
    public async Task ReadyLine_OfAServingSidecar_IsExactlyTheContracts()
    {
        var spawned = await _host.EventAsync("spawned");

        var line = (await _host.EventAsync("announced"))["line"]!.AsObject();

        Assert.Equal(["event", "protocolVersion", "port", "pid", "version"], line.Select(member => member.Key));
        Assert.Equal("ready", (string?)line["event"]);
        Assert.Equal(1, (int)line["protocolVersion"]!);
        Assert.Equal((int)spawned["pid"]!, (int)line["pid"]!);
        Assert.Equal(_door.Port, (int)(await _host.EventAsync("proven"))["port"]!);
        Assert.Matches(@"^\d+\.\d+\.\d+$", (string?)line["version"]);
    }

    [Fact]
    public async Task FirstDelta_WhileTheProviderStillSpeaks_ArrivesBeforeItsThirdWord()
    {
        var firstDeltaSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] words = ["one", " two", " three", " four", " five", " six", " seven", " eight", " nine", " ten"];
        _provider.Answer = exchange => ResponsesStream.WordsAsync(
            exchange, index => index == 2 ? firstDeltaSeen.Task : Deadline.Passes(TimeSpan.FromMilliseconds(50)), words);
        var session = await MintAsync();

        using var stream = await _door.StreamAsync(session, ChatBody.Message("count"));
        var first = await stream.UntilDeltaAsync().Within("a delta before the third word");
        firstDeltaSeen.SetResult();
        await stream.ToEndAsync();

        Assert.Contains((string)first["update"]!["delta"]!, "one two", StringComparison.Ordinal);
        Assert.Equal(string.Concat(words), stream.Deltas);
        Assert.True(stream.EndedCleanly);
    }

    [Fact]
    public async Task SecondTurn_OfAThread_CarriesTheFirstTurnToTheProvider()
    {
        _provider.Answer = exchange => ResponsesStream.WordsAsync(exchange, "the answer ", "is blue");
        var session = await MintAsync();

        using var first = await _door.StreamAsync(session, ChatBody.Message("what colour?"));
        await first.ToEndAsync();
        using var second = await _door.StreamAsync(session, ChatBody.Message("why?", first.ThreadId));
        await second.ToEndAsync();

        var input = _provider.Requests[1].Json["input"]!.ToJsonString();
        Assert.Contains("what colour?", input, StringComparison.Ordinal);
        Assert.Contains("the answer is blue", input, StringComparison.Ordinal);
        Assert.Contains("why?", input, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_OfTheFirstMessage_ComeInTheOrderAFrontEndReliesOn()
    {
        var session = await MintAsync();

        using var stream = await _door.StreamAsync(session, ChatBody.Message("hello"));
        await stream.ToEndAsync();

        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options"], stream.Types.Take(4));
        Assert.Equal("hello", (string?)stream.Events[2]["thread"]!["title"]);
        Assert.Equal("user_message", (string?)stream.Events[1]["item"]!["type"]);
        Assert.Equal("Hello! from 東京.", stream.Deltas);
        Assert.Null(stream.Error);
        var answer = stream.Events.Last(item => (string?)item["type"] == "thread.item.done")["item"]!;
        Assert.Equal("assistant_message", (string?)answer["type"]);
        Assert.Equal("Hello! from 東京.", (string?)answer["content"]![0]!["text"]);
    }

    [Fact]
    public async Task SecretsGet_OverThreeRequestsOfOneSession_IsCalledOnce()
    {
        var session = await MintAsync();
        var calls = _host.Calls("secrets/get").Count;

        for (var turn = 0; turn < 3; turn++)
        {
            using var stream = await _door.StreamAsync(session, ChatBody.Message("hello"));
            await stream.ToEndAsync();
        }

        Assert.Equal(calls, _host.Calls("secrets/get").Count);
        Assert.Equal(1, calls);
        Assert.All(_provider.Requests, request => Assert.Equal(Key, request.Bearer));
    }

    [Fact]
    public async Task Stdout_AfterATurnAndAnEnd_IsOneLine()
    {
        var session = await MintAsync();
        using (var stream = await _door.StreamAsync(session, ChatBody.Message("hello")))
        {
            await stream.ToEndAsync();
        }

        await _host.CommandAsync(new JsonObject { ["closeInput"] = true });
        var exited = await _host.EventAsync("exited");

        Assert.Equal(0, (int)exited["code"]!);
        Assert.Single(_host.Output.Text.Split('\n'), line => line.StartsWith("""{"event":"announced""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stderr_AtTraceLevel_NamesNoSecret()
    {
        var session = await MintAsync();
        using (var stream = await _door.StreamAsync(session, ChatBody.Message("hello")))
        {
            await stream.ToEndAsync();
        }

        await _host.CommandAsync(new JsonObject { ["closeInput"] = true });
        await _host.EventAsync("exited");

        Assert.NotEmpty(_host.Errors.Text);
        Assert.DoesNotContain(Key, _host.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(session.Token, _host.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.LaunchSecret, _host.Errors.Text, StringComparison.Ordinal);
    }

    private async Task<Session> MintAsync()
    {
        var reply = await _door.SendAsync(new HttpCall("POST", "/sessions")
        {
            Bearer = _host.LaunchSecret,
            Body = """{"secret_key_id":"openai-main"}""",
        });
        Assert.Equal(201, reply.Status);
        Assert.Equal($"/sessions/{(string)reply.Json["id"]!}", reply.Header("Location"));
        return new Session((string)reply.Json["id"]!, (string)reply.Json["client_secret"]!);
    }
}
