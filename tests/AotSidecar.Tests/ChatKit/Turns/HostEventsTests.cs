using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class HostEventsTests
{
    private const string Item = """{"type":"assistant_message","content":[]}""";
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void Read_AnItemWithoutIdThreadAndTime_GetsThem()
    {
        var item = Assert.IsType<ItemDoneEvent>(Assert.Single(Read($$"""[{"type":"thread.item.done","item":{{Item}}}]"""))).Item;

        Assert.Matches("^msg_[0-9a-f]{32}$", item.Id);
        Assert.Equal("thr_1", item.ThreadId);
        Assert.Equal(Clock.GetUtcNow().UtcDateTime, item.CreatedAt);
    }

    [Fact]
    public void Read_AnItemOfAnotherThread_IsPutIntoThisOne()
    {
        var item = Assert.IsType<ItemDoneEvent>(Assert.Single(Read(
            """[{"item":{"content":[],"thread_id":"thr_other","id":"m1","created_at":"2025-01-01T00:00:00Z","type":"assistant_message"},"type":"thread.item.done"}]"""))).Item;

        Assert.Equal(("m1", "thr_1", 2025), (item.Id, item.ThreadId, item.CreatedAt.Year));
    }

    [Theory]
    [InlineData("""{"type":"thread.exploded"}""")]
    [InlineData("{}")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("""{"type":"thread.item.done"}""")]
    [InlineData("""{"type":"thread.item.done","item":null}""")]
    [InlineData("""{"type":"thread.item.done","item":{"type":"poem"}}""")]
    [InlineData("""{"type":"thread.item.done","item":{}}""")]
    [InlineData("""{"type":"thread.item.done","item":{"type":"widget","widget":{"type":"Text"}}}""")]
    [InlineData("""{"type":"thread.item.done","item":{"type":"widget"}}""")]
    [InlineData("""{"type":"thread.item.updated","item_id":"a","update":{"type":"x"}}""")]
    [InlineData("""{"type":"thread.item.updated","item_id":"a","update":{"type":"widget.root.updated","widget":{"type":"Row"}}}""")]
    [InlineData("""{"type":"progress_update","text":null}""")]
    public void Read_WhatIsNoEvent_IsPassedOverByToolsAndRefusedInActions(string bad)
    {
        var list = $$"""[{"type":"progress_update","text":"a"},{{bad}},{"type":"progress_update","text":"b"}]""";

        Assert.Equal(["a", "b"], Read(list).Cast<ProgressUpdateEvent>().Select(static one => one.Text));
        var refused = Record.Exception(() => HostEvents.ReadStrict(JsonElement.Parse(list), "thr_1", Clock));
        Assert.True(refused is JsonException or InvalidOperationException or NotSupportedException, $"{refused}");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("5")]
    public void Read_WhatIsNoList_IsNothing(string json)
    {
        Assert.Empty(Read(json));
        Assert.Throws<JsonException>(() => HostEvents.ReadStrict(JsonElement.Parse(json), "thr_1", Clock));
    }

    [Fact]
    public void Read_WidgetsAndTheirUpdates_LosesTheirNulls()
    {
        var events = Read("""
            [{"type":"thread.item.done","item":{"type":"widget","widget":{"type":"Card","x":null,"children":[{"a":null},null]}}},
             {"type":"thread.item.updated","item_id":"w","update":{"type":"widget.root.updated","widget":{"type":"Card","x":null}}},
             {"type":"thread.item.updated","item_id":"w","update":{"type":"widget.component.updated","component_id":"c","component":{"id":"c","x":null}}}]
            """);

        Assert.Equal("""{"type":"Card","children":[{}]}""", ((WidgetItem)((ItemDoneEvent)events[0]).Item).Widget.GetRawText());
        Assert.Equal("""{"type":"Card"}""", ((WidgetRootUpdated)((ItemUpdatedEvent)events[1]).Update).Widget.GetRawText());
        Assert.Equal("""{"id":"c"}""", ((WidgetComponentUpdated)((ItemUpdatedEvent)events[2]).Update).Component.GetRawText());
    }

    [Fact]
    public void Read_OfATooLongList_IsBounded()
    {
        var list = $"[{string.Join(',', Enumerable.Repeat("""{"type":"progress_update","text":"a"}""", 1001))}]";

        Assert.Equal(1000, Read(list).Count);
        Assert.Throws<JsonException>(() => HostEvents.ReadStrict(JsonElement.Parse(list), "thr_1", Clock));
    }

    [Theory]
    [InlineData("task", "\"task\":{\"type\":\"custom\"}", "tsk")]
    [InlineData("workflow", "\"workflow\":{\"type\":\"custom\",\"tasks\":[]}", "wf")]
    [InlineData("client_tool_call", "\"call_id\":\"c\",\"name\":\"n\",\"arguments\":{}", "tc")]
    [InlineData("widget", "\"widget\":{\"type\":\"Card\"}", "msg")]
    [InlineData("sdk_hidden_context", "\"content\":\"c\"", "shcx")]
    [InlineData("end_of_turn", "\"id\":null", "msg")]
    public void Read_AnItemWithoutAnId_GetsOneOfItsKind(string type, string members, string prefix)
    {
        var item = Assert.IsType<ItemDoneEvent>(Assert.Single(Read($$"""[{"type":"thread.item.done","item":{"type":"{{type}}",{{members}} } }]"""))).Item;

        Assert.Matches($"^{prefix}_[0-9a-f]{{32}}$", item.Id);
    }

    [Theory]
    [InlineData("weird", "", "the extension reported an error")]
    [InlineData("weird", "mine", "mine")]
    [InlineData("stream.error", "", "")]
    [InlineData("custom", "", "")]
    public void Read_AnErrorThatThePageWouldNotShow_GetsAMessage(string code, string message, string expected)
    {
        var error = Assert.IsType<ErrorEvent>(Assert.Single(Read($$"""[{"type":"error","code":"{{code}}","message":"{{message}}"}]""")));

        Assert.Equal((code, expected), (error.Code, error.Message));
    }

    [Fact]
    public void Read_ClientEffectsWithNulls_KeepsThemInsideAndHasAnObject()
    {
        var effects = Read("""[{"type":"client_effect","name":"n","data":null},{"type":"client_effect","name":"n","data":{"a":null,"b":[null]}}]""").Cast<ClientEffectEvent>();

        Assert.Equal(["{}", """{"a":null,"b":[null]}"""], effects.Select(static effect => effect.Data.GetRawText()));
    }

    [Fact]
    public void InOrder_OfACallOfAClientTool_IsLast()
    {
        var events = HostEvents.InOrder(Read("""
            [{"type":"progress_update","text":"a"},
             {"type":"thread.item.done","item":{"type":"client_tool_call","call_id":"c","name":"n","arguments":{}}},
             {"type":"progress_update","text":"b"}]
            """)).ToList();

        Assert.Equal(["a", "b"], events.OfType<ProgressUpdateEvent>().Select(static one => one.Text));
        Assert.True(HostEvents.Asks(events[2]));
    }

    [Fact]
    public async Task Apply_OfWhatOnlyTheServerSays_SendsNothing()
    {
        await using var bench = new TurnBench();

        HostEvents.Apply(Assert.Single(Read("""[{"type":"thread.created","thread":{}}]""")), bench.Pipeline);

        Assert.Empty((await bench.ReadAsync()).Events);
    }

    [Fact]
    public async Task Case46_Apply_OfStreamOptions_TellsThePage()
    {
        await using var bench = new TurnBench();

        HostEvents.Apply(Assert.Single(Read("""[{"type":"stream_options","stream_options":{"allow_cancel":false}}]""")), bench.Pipeline);

        Assert.False((bool)Assert.Single((await bench.ReadAsync()).Events)["stream_options"]!["allow_cancel"]!);
    }

    [Fact]
    public async Task Case16_Apply_OfMetadata_StoresItAndShowsNone()
    {
        await using var bench = new TurnBench();

        HostEvents.Apply(Assert.Single(Read("""[{"type":"thread.updated","thread":{"metadata":{"case":7}}}]""")), bench.Pipeline);
        HostEvents.Apply(Assert.Single(Read("""[{"type":"thread.updated","thread":{"title":"T"}}]""")), bench.Pipeline);

        Assert.Equal("""{"case":7}""", bench.Thread.Head.Metadata.GetRawText());
        Assert.All((await bench.ReadAsync()).Events, static one => Assert.Equal("{}", one["thread"]!["metadata"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("\"too long\"")]
    public void Read_OfMetadataThatIsNoSmallObject_IsNoEvent(string metadata)
    {
        metadata = metadata == "\"too long\"" ? $$"""{"a":"{{new string('a', 65 * 1024)}}"}""" : metadata;

        Assert.Empty(Read($$"""[{"type":"thread.updated","thread":{"metadata":{{metadata}} } }]"""));
    }

    [Fact]
    public async Task Apply_OfAThreadUpdate_ChangesTitleStatusAndDomains()
    {
        await using var bench = new TurnBench();
        var update = Assert.Single(Read(
            """[{"type":"thread.updated","thread":{"id":"thr_other","title":"T","status":{"reason":"later","type":"locked"},"allowed_image_domains":["a.example"]}}]"""));

        HostEvents.Apply(update, bench.Pipeline);
        HostEvents.Apply(Assert.Single(Read("""[{"type":"thread.updated","thread":{"status":{"type":"locked","reason":"later"} } }]""")), bench.Pipeline);

        var sent = Assert.Single((await bench.ReadAsync()).Events)["thread"]!;
        Assert.Equal(bench.Thread.Id, (string?)sent["id"]);
        Assert.Equal("""{"type":"locked","reason":"later"}""", sent["status"]!.ToJsonString());
        Assert.Equal("a.example", (string?)sent["allowed_image_domains"]![0]);
        Assert.Equal("T", bench.Thread.Head.Title);
    }

    private static IReadOnlyList<ThreadEvent> Read(string json) => HostEvents.Read(JsonElement.Parse(json), "thr_1", Clock);
}
