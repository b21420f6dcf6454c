using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit.Tools;

/// <summary>The host's own tools and widget actions, served by Node over the same bridge.</summary>
public sealed class NodeToolTests : IAsyncLifetime
{
    private const string Configuration = """
        {
          "capabilities": { "tools": true, "actions": true, "feedback": true },
          "tools": [{
            "name": "get_weather", "description": "the weather at a place",
            "inputSchema": { "type": "object", "properties": { "location": { "type": "string" } }, "required": ["location"] }
          }],
          "toolResults": {
            "get_weather": {
              "content": [{ "type": "text", "text": "18 C and foggy" }],
              "events": [{ "type": "progress_update", "icon": "search", "text": "Looking out of the window" }]
            }
          },
          "actions": {
            "refresh": { "events": [{ "type": "notice", "level": "info", "message": "refreshed" }] }
          }
        }
        """;

    private readonly FakeProvider _provider = new();
    private NodeHost _host = null!;
    private HttpDoor _door = null!;
    private Session _session = null!;

    public async Task InitializeAsync()
    {
        _host = await NodeHost.StartWithSidecarAsync(
            new JsonObject { ["openai-main"] = NodeHost.Secret("sk-test-node-tools-0123456789", _provider) },
            more: JsonNode.Parse(Configuration)!.AsObject());
        _door = new HttpDoor(await _host.PortAsync());
        await _host.EventAsync("proven");
        var minted = await _host.CallAsync("sessions/create", new JsonObject { ["secretKeyId"] = "openai-main" });
        _session = new Session((string)minted!["id"]!, (string)minted["clientSecret"]!);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _provider.Dispose();
    }

    [Fact]
    public async Task Tool_ThatTheModelCalls_RunsInTheHostAndItsResultGoesBack()
    {
        _provider.Answer = exchange => _provider.Requests.Count == 1
            ? ResponsesStream.ToolCallAsync(exchange, "get_weather", """{"location":"San Francisco"}""")
            : ResponsesStream.WordsAsync(exchange, "It is foggy.");

        using var stream = await _door.StreamAsync(_session, ChatBody.Message("how is the weather?"));
        await stream.ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("It is foggy.", stream.Deltas);
        Assert.Contains(stream.Events, item => (string?)item["text"] == "Looking out of the window");
        var call = Assert.Single(_host.Calls("tools/call"))["params"]!;
        Assert.Equal("get_weather", (string?)call["name"]);
        Assert.Equal("San Francisco", (string?)call["arguments"]!["location"]);
        Assert.Contains("get_weather", _provider.Requests[0].Json["tools"]!.ToJsonString(), StringComparison.Ordinal);
        var output = _provider.Requests[1].Json["input"]!.AsArray()
            .Single(item => (string?)item!["type"] == "function_call_output")!;
        Assert.Equal("call_GM6xtITSMlJrwO6aEkXrz36n", (string?)output["call_id"]);
        Assert.Contains("18 C and foggy", output["output"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolsChanged_MakesTheNextTurnAskForTheListAgain()
    {
        await TurnAsync();
        await TurnAsync();
        var before = _host.Calls("tools/list").Count;

        await _host.CommandAsync(new JsonObject { ["notify"] = "tools/changed", ["params"] = new JsonObject() });
        await TurnAsync();

        Assert.Equal(1, before);
        Assert.Equal(2, _host.Calls("tools/list").Count);
    }

    [Fact]
    public async Task CustomAction_OfAPage_IsInvokedInTheHostAndItsEventsStream()
    {
        var thread = await TurnAsync();

        using var stream = await _door.StreamAsync(_session, $$$$"""
            {"type":"threads.custom_action",
             "params":{"thread_id":"{{{{thread}}}}","action":{"type":"refresh","payload":{"n":1} } } }
            """);
        await stream.ToEndAsync();

        Assert.Contains(stream.Events, item => (string?)item["type"] == "notice" && (string?)item["message"] == "refreshed");
        var call = (await _host.CalledAsync("actions/invoke"))["params"]!;
        Assert.Single(_host.Calls("actions/invoke"));
        Assert.Equal(thread, (string?)call["threadId"]);
        Assert.Equal(1, (int)call["action"]!["payload"]!["n"]!);
        Assert.False((bool)call["sync"]!);
    }

    [Fact]
    public async Task Feedback_OfAPage_ReachesTheHost()
    {
        var thread = await TurnAsync();

        var reply = await _door.SendAsync(new HttpCall("POST", "/chatkit")
        {
            Bearer = _session.Token,
            Body = $$$"""
                {"type":"items.feedback","params":{"thread_id":"{{{thread}}}","item_ids":["msg_1"],"kind":"positive"}}
                """,
        });
        var told = await _host.CalledAsync("feedback/submit");

        Assert.Equal(200, reply.Status);
        Assert.Equal("{}", reply.Text);
        Assert.Equal(thread, (string?)told["params"]!["threadId"]);
        Assert.Equal("positive", (string?)told["params"]!["kind"]);
    }

    private async Task<string> TurnAsync()
    {
        using var stream = await _door.StreamAsync(_session, ChatBody.Message("hello"));
        await stream.ToEndAsync();
        Assert.Null(stream.Error);
        return stream.ThreadId;
    }
}
