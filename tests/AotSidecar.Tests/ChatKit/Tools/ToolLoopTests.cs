using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Requests;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit.Tools;

/// <summary>Functions that the model calls, in the page and in the extension host.</summary>
public sealed class ToolLoopTests : IAsyncLifetime
{
    private ChatHost _host = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        // A stopped clock: durations of tools are shown to a tenth of a second.
        _host = await ChatHost.StartAsync(fake: static fakes => fakes.Clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56)));
        _token = await _host.MintAsync(extra: ""","client_tools":[{"name":"page_tool","parameters":{"type":"object"}}]""");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case47_AClientToolCall_EndsTheStreamAndItsOutputResumes()
    {
        _host.Model.Plan(Says.Calls(("page_tool", """{"a":null}""")));
        _host.Model.Plan(Says.Text("done"));

        var first = await _host.StreamAsync(Body.Create("x"), _token);
        var second = await _host.StreamAsync(Body.ToolOutput(first.ThreadId, """{"ok":null}"""), _token);

        Assert.Equal(
            ["thread.created", "thread.item.done:user_message", "thread.updated", "stream_options", "thread.item.done:client_tool_call"], first.Outline);
        var call = first.Item("client_tool_call");
        Assert.Equal(("pending", """{"a":null}""", "page_tool"), ((string?)call["status"], call["arguments"]!.ToJsonString(), (string?)call["name"]));
        Assert.False(call.AsObject().ContainsKey("output"));
        Assert.Equal("stream_options", second.Types[0]);
        Assert.Equal("done", second.Deltas);
        var input = _host.Model.Requests[1].Input;
        Assert.Equal("""{"ok":null}""", Assert.IsType<InputItem.FunctionOutput>(input[^1]).Output);
        Assert.Equal("call_0", Assert.IsType<InputItem.FunctionCall>(input[^2]).CallId);
    }

    [Fact]
    public async Task Case90_AClientToolCall_KeepsTheProvidersIds()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));

        var call = (await _host.StreamAsync(Body.Create("x"), _token)).Item("client_tool_call");

        Assert.Equal(("fc_00123456789abcdef0123456789abcdef", "call_0"), ((string?)call["id"], (string?)call["call_id"]));
    }

    [Theory]
    [InlineData("{\"a\":[1,null]}", true)]
    [InlineData("null", false)]
    public async Task Case48_TheCall_IsCompletedWithItsOutput(string result, bool hasOutput)
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));
        _host.Model.Plan(Says.Text("done"));
        var thread = (await _host.StreamAsync(Body.Create("x"), _token)).ThreadId;

        await _host.StreamAsync(Body.ToolOutput(thread, result), _token);

        var item = (await _host.CallAsync(Body.Items(thread), _token))["data"]!.AsArray().Single(static one => (string?)one!["type"] == "client_tool_call")!;
        Assert.Equal("completed", (string?)item["status"]);
        Assert.Equal(hasOutput ? result : null, item["output"]?.ToJsonString());
        Assert.Equal(hasOutput, item.AsObject().ContainsKey("output"));
    }

    [Fact]
    public async Task Case50_AnOutputWithNothingPending_ChangesNothing()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));
        _host.Model.Plan(Says.Text("done"));
        var thread = (await _host.StreamAsync(Body.Create("x"), _token)).ThreadId;
        await _host.StreamAsync(Body.ToolOutput(thread, "1"), _token);

        var again = await _host.StreamAsync(Body.ToolOutput(thread, "2"), _token);

        Assert.Equal(("no_pending_tool_call", 1), (again.Reason, again.Events.Count));
        Assert.DoesNotContain("\"output\":2", (await _host.CallAsync(Body.Items(thread), _token)).ToJsonString());
    }

    [Fact]
    public async Task AnOutput_AfterSomethingThatWasShownMeanwhile_IsStillTheCalls()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));
        _host.Model.Plan(Says.Text("done"));
        var thread = (await _host.StreamAsync(Body.Create("x", ",\"inference_options\":{\"model\":\"mine\",\"tool_choice\":{\"id\":\"page_tool\"}}"), _token)).ThreadId;
        Assert.True(_host.Threads.TryGet("local", thread, out var stored));
        stored.Upsert(new WidgetItem { Id = "w", ThreadId = thread, CreatedAt = stored.CreatedAt, Widget = JsonElement.Parse("""{"type":"Card"}""") });

        var stream = await _host.StreamAsync(Body.ToolOutput(thread, "1"), _token);

        Assert.Equal("done", stream.Deltas);
        Assert.Equal(("mine", "mine"), (_host.Model.Requests[0].Model, _host.Model.Requests[1].Model));
        Assert.Equal(("page_tool", null), (_host.Model.Requests[0].ForcedTool, _host.Model.Requests[1].ForcedTool));
    }

    [Fact]
    public async Task AnOutput_AfterTheUserWentOn_IsNobodys()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{}")));
        _host.Model.Plan(Says.Text("well"));
        var thread = (await _host.StreamAsync(Body.Create("x"), _token)).ThreadId;
        await _host.StreamAsync(Body.Add(thread, "never mind"), _token);

        Assert.Equal("no_pending_tool_call", (await _host.StreamAsync(Body.ToolOutput(thread, "1"), _token)).Reason);
    }

    [Fact]
    public async Task Case52_AHostToolThatHasThePageRunATool_EndsTheTurnWithIt()
    {
        _host.Host.OfferTools("show");
        _host.Host.Answer("tools/call", """
            {"content":[],"events":[{"type":"thread.item.done","item":{"type":"client_tool_call","call_id":"c","name":"page_tool","arguments":{}}},
             {"type":"thread.item.done","item":{"type":"widget","widget":{"type":"Card"}}}]}
            """);
        _host.Model.Plan(Says.Calls(("show", "{}")));

        var stream = await _host.StreamAsync(Body.Create("x"), _token);

        Assert.Equal(["thread.item.done:widget", "thread.item.done:client_tool_call"], stream.Outline[^2..]);
        Assert.Single(_host.Model.Requests);
    }

    [Fact]
    public async Task AClientToolCall_WithArgumentsThatAreNoObject_IsAnErrorThePageCanRetry()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{\"a\":")));

        var stream = await _host.StreamAsync(Body.Create("x"), _token);

        Assert.Equal(("invalid_tool_call", true), (stream.Reason, (bool)stream.Error!["allow_retry"]!));
        Assert.Empty(stream.Items("thread.item.done", "client_tool_call"));
    }

    [Fact]
    public async Task AClientToolCall_WithHalfACharacter_IsRefusedBeforeItCanBreakTheThread()
    {
        _host.Model.Plan(Says.Calls(("page_tool", "{\"a\":\"\\ud800\"}")));

        var stream = await _host.StreamAsync(Body.Create("x"), _token);

        Assert.Equal("invalid_tool_call", stream.Reason);
        Assert.Single((await _host.CallAsync(Body.Items(stream.ThreadId), _token))["data"]!.AsArray());
    }

    [Fact]
    public async Task AHostAndAClientTool_InOneRound_RunTheHostsFirstAndEndWithThePages()
    {
        _host.Host.OfferTools("search");
        _host.Host.Answer("tools/call", """{"content":[{"type":"text","text":"found"}]}""");
        _host.Model.Plan(Says.Calls(("page_tool", "{}"), ("search", "{}")));
        _host.Model.Plan(Says.Text("done"));

        var first = await _host.StreamAsync(Body.Create("x"), _token);
        await _host.StreamAsync(Body.ToolOutput(first.ThreadId, "1"), _token);

        Assert.Equal("thread.item.done:client_tool_call", first.Outline[^1]);
        Assert.True(Array.IndexOf(first.Outline, "thread.item.done:workflow") < first.Outline.Length - 1);
        Assert.Equal(
            ["User", "FunctionCall:search", "found", "FunctionCall:page_tool", "1"],
            _host.Model.Requests[1].Input.Select(static item => item switch
            {
                InputItem.FunctionCall call => $"FunctionCall:{call.Name}",
                InputItem.FunctionOutput output => output.Output,
                _ => item.GetType().Name,
            }));
    }

    [Fact]
    public async Task AHostTool_RunsAsAStepAndItsResultGoesBack()
    {
        _host.Host.OfferTools("search");
        _host.Host.Answer("tools/call", """{"content":[{"type":"text","text":"found"},{"type":"text","text":"it"}]}""");
        _host.Model.Plan([.. Says.Thoughts(0, "let me look"), .. Says.Calls(("search", """{"q":"x"}"""))]);
        _host.Model.Plan(Says.Text("here"));

        var stream = await _host.StreamAsync(Body.Create("find"));

        var workflow = stream.Item("workflow")["workflow"]!["tasks"]!.AsArray();
        Assert.Equal(["thought", "custom"], workflow.Select(static task => (string?)task!["type"]));
        Assert.Equal(("The search", "complete", "0.0 s"), ((string?)workflow[1]!["title"], (string?)workflow[1]!["status_indicator"], (string?)workflow[1]!["content"]));
        Assert.DoesNotContain("progress_update", stream.Types);
        var call = Assert.Single(_host.Host.Calls("tools/call"));
        Assert.Equal(("search", "x", "call_0"), ((string?)call["name"], (string?)call["arguments"]!["q"], (string?)call["_meta"]!["callId"]));
        Assert.Equal(stream.ThreadId, (string?)call["_meta"]!["threadId"]);
        var second = _host.Model.Requests[1].Input;
        Assert.IsType<InputItem.Reasoning>(second[1]);
        Assert.Equal("found\nit", Assert.IsType<InputItem.FunctionOutput>(second[^1]).Output);
        Assert.Equal("search", Assert.Single(_host.Model.Requests[0].Tools).Name);
    }

    [Fact]
    public async Task WhatTheModelSaidBeforeItsCall_IsTheModelsToReadAgain()
    {
        _host.Host.OfferTools("search");
        _host.Host.Answer("tools/call", """{"content":[{"type":"text","text":"found"}]}""");
        _host.Model.Plan([.. Says.Message(0, "Let me look.", phase: "commentary"), .. Says.Calls(("search", "{}"))]);
        _host.Model.Plan(Says.Text("here"));

        await _host.StreamAsync(Body.Create("find"));

        var input = _host.Model.Requests[1].Input;
        Assert.Equal(["User", "Assistant", "FunctionCall", "FunctionOutput"], input.Select(static item => item.GetType().Name));
        Assert.Equal(new InputItem.Assistant("Let me look.", "commentary"), input[1]);
    }

    [Fact]
    public async Task AHostToolsRun_IsPartOfTheNextTurnsConversation()
    {
        _host.Host.OfferTools("search");
        _host.Host.Answer("tools/call", """{"structuredContent":{"n":1}}""");
        _host.Model.Plan(Says.Calls(("search", "{}")));
        _host.Model.Plan(Says.Text("here"));
        _host.Model.Plan(Says.Text("yes"));
        var thread = (await _host.StreamAsync(Body.Create("find"))).ThreadId;

        await _host.StreamAsync(Body.Add(thread, "sure?"));

        Assert.Equal(
            ["User", "FunctionCall", "FunctionOutput", "Assistant", "User"],
            _host.Model.Requests[2].Input.Select(static item => item.GetType().Name));
    }

    [Theory]
    [InlineData("error")]
    [InlineData("timeout")]
    [InlineData("gone")]
    [InlineData("isError")]
    [InlineData("no object")]
    [InlineData("unknown tool")]
    [InlineData("bad arguments")]
    public async Task AHostToolThatFails_IsTheModelsToReadAndTheTurnGoesOn(string how)
    {
        _host.Host.OfferTools("search");
        _host.Host.Answer("tools/call", how switch
        {
            "error" => new HostReply.Error(-32000),
            "timeout" => new HostReply.TimedOut(),
            "gone" => new HostReply.Unavailable(),
            "isError" => new HostReply.Result(JsonElement.Parse("""{"isError":true,"content":[{"text":"boom"}]}""")),
            _ => new HostReply.Result(JsonElement.Parse("5")),
        });
        _host.Model.Plan(Says.Calls((how == "unknown tool" ? "unknown" : "search", how == "bad arguments" ? "{" : "{}")));
        _host.Model.Plan(Says.Text("sorry"));

        var stream = await _host.StreamAsync(Body.Create("x"));

        Assert.Null(stream.Error);
        Assert.StartsWith("Error: ", Assert.IsType<InputItem.FunctionOutput>(_host.Model.Requests[1].Input[^1]).Output);
        var task = stream.Item("workflow")["workflow"]!["tasks"]![0]!;
        Assert.Equal("none", (string?)task["status_indicator"]);
        Assert.False(string.IsNullOrEmpty((string?)task["content"]));
    }

    [Fact]
    public async Task AHostToolsEvents_ArePutIntoTheRunningTurn()
    {
        _host.Host.OfferTools("show");
        _host.Host.Answer("tools/call", """
            {"content":[],"events":[{"type":"progress_update","text":"Working"},{"type":"nonsense"},
             {"type":"thread.item.done","item":{"id":"w","type":"widget","widget":{"type":"Card","x":null}}},
             {"type":"client_effect","name":"open","data":{"n":null}}]}
            """);
        _host.Model.Plan(Says.Calls(("show", "{}")));
        _host.Model.Plan(Says.Text("shown"));

        var stream = await _host.StreamAsync(Body.Create("x"));

        var outline = stream.Outline;
        Assert.True(Array.IndexOf(outline, "thread.item.done:workflow") < Array.IndexOf(outline, "thread.item.done:widget"));
        Assert.Equal("""{"type":"Card"}""", stream.Item("widget")["widget"]!.ToJsonString());
        Assert.Contains("progress_update", outline);
        Assert.Equal("""{"n":null}""", stream.Events.Single(static one => (string?)one["type"] == "client_effect")["data"]!.ToJsonString());
    }

    [Fact]
    public async Task AModelThatOnlyCallsTools_IsStopped()
    {
        _host.Host.OfferTools("loop");
        _host.Host.Answer("tools/call", """{"content":[]}""");
        foreach (var _ in Enumerable.Range(0, 16))
        {
            _host.Model.Plan(Says.Calls(("loop", "{}")));
        }

        var stream = await _host.StreamAsync(Body.Create("x"));

        Assert.Equal(16, _host.Model.Requests.Count);
        Assert.Contains("notice", stream.Types);
    }

    [Fact]
    public async Task ToolsList_IsAskedForOnce()
    {
        _host.Host.OfferTools("search");
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(Says.Text("b"));

        var thread = (await _host.StreamAsync(Body.Create("x"))).ThreadId;
        await _host.StreamAsync(Body.Add(thread, "y"));

        Assert.Single(_host.Host.Calls("tools/list"));
        Assert.All(_host.Model.Requests, static request => Assert.Single(request.Tools));
    }
}
