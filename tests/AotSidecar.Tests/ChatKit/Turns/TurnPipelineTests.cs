using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class TurnPipelineTests
{
    [Fact]
    public async Task Emit_OfAnAddedItem_StoresNothing()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", "x")));

        Assert.Equal(0, bench.Thread.Count);
    }

    [Fact]
    public async Task Emit_OfADoneItemTwice_KeepsItsPlace()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "1")));
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "b", "2")));
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "3")));

        Assert.Equal(["a", "b"], bench.Thread.History().Select(static entry => entry.Item.Id));
        Assert.Equal("3", Text(bench.Thread.History()[0].Item));
    }

    [Fact]
    public async Task Case35_Emit_OfARemovedItem_TakesItFromTheStore()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "1")));
        bench.Pipeline.Emit(new ItemRemovedEvent("a"));

        Assert.Equal(0, bench.Thread.Count);
        Assert.Equal(["thread.item.done", "thread.item.removed"], (await bench.ReadAsync()).Types);
    }

    [Theory]
    [InlineData("done")]
    [InlineData("added")]
    [InlineData("replaced")]
    public async Task Case38_Emit_OfAHiddenItem_IsNeverSent(string how)
    {
        await using var bench = new TurnBench();
        ThreadItem hidden = new HiddenContextItem { Id = "h", ThreadId = bench.Thread.Id, CreatedAt = bench.Pipeline.Now(), Content = JsonElement.Parse("\"psst\"") };

        bench.Pipeline.Emit(how switch
        {
            "done" => new ItemDoneEvent(hidden),
            "added" => new ItemAddedEvent(hidden),
            _ => new ItemReplacedEvent(hidden),
        });

        Assert.Empty((await bench.ReadAsync()).Events);
        Assert.Equal(how == "added" ? 0 : 1, bench.Thread.Count);
    }

    [Fact]
    public async Task Case19_Emit_AfterAChangeOfTheThread_IsFollowedByItsUpdateOnce()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "1")));
        bench.Thread.UpdateHead(head => head with { Title = "T" });
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "b", "2")));
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "c", "3")));

        Assert.Equal(["thread.item.done", "thread.item.done", "thread.updated", "thread.item.done"], (await bench.ReadAsync()).Types);
    }

    [Fact]
    public async Task Case16_AnnounceThread_AfterAChangeOfMetadata_ShowsNone()
    {
        await using var bench = new TurnBench();

        bench.Thread.UpdateHead(head => head with { Metadata = JsonElement.Parse("""{"secret":1}""") });
        bench.Pipeline.AnnounceThread(atEnd: true);

        var stream = await bench.ReadAsync();
        Assert.Equal("{}", Assert.Single(stream.Events)["thread"]!["metadata"]!.ToJsonString());
        Assert.DoesNotContain("secret", stream.Raw);
    }

    [Fact]
    public async Task NameUntitled_IsAnnouncedAtOnceAndOnlyOnce()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.NameUntitled("T");
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "1")));
        bench.Pipeline.AnnounceThread(atEnd: true);
        bench.Pipeline.AnnounceThread(atEnd: true);

        Assert.Equal(["thread.updated", "thread.item.done"], (await bench.ReadAsync()).Types);
        Assert.Equal("T", bench.Thread.Head.Title);
    }

    [Fact]
    public async Task Case42_KeepCancelled_KeepsTheTextAndLeavesAMarkerForTheModel()
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", "Hello, ")));
        bench.Pipeline.Emit(new ItemUpdatedEvent("a", new ContentTextDelta(0, "World!")));

        bench.Pipeline.KeepCancelled();

        Assert.Equal(["a", "shcx"], bench.Thread.History().Select(static entry => entry.Item.Id.Split('_')[0]));
        Assert.Equal("Hello, World!", Text(bench.Thread.History()[0].Item));
        Assert.IsType<SdkHiddenContextItem>(bench.Thread.History()[1].Item);
        Assert.Equal("a", Assert.Single(bench.Thread.Page(20, ascending: true, null)!.Data).Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public async Task Case43_KeepCancelled_OfABlankMessage_KeepsOnlyTheMarker(string text)
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", text)));

        bench.Pipeline.KeepCancelled();

        Assert.IsType<SdkHiddenContextItem>(Assert.Single(bench.Thread.History()).Item);
    }

    [Fact]
    public async Task Case45_KeepCancelled_KeepsWhatIsOnScreen()
    {
        await using var bench = new TurnBench();
        var (id, now) = (bench.Thread.Id, bench.Pipeline.Now());
        bench.Pipeline.Emit(new ItemAddedEvent(new WidgetItem { Id = "w", ThreadId = id, CreatedAt = now, Widget = JsonElement.Parse("""{"type":"Card"}""") }));
        bench.Pipeline.Emit(new ItemAddedEvent(new GeneratedImageItem { Id = "i", ThreadId = id, CreatedAt = now }));
        bench.Pipeline.Emit(new ItemAddedEvent(new GeneratedImageItem { Id = "j", ThreadId = id, CreatedAt = now }));
        bench.Pipeline.Emit(new ItemUpdatedEvent("j", new GeneratedImageUpdated(new GeneratedImage("j", "data:,"))));
        bench.Workflow.Add(new CustomTask { Title = "t", StatusIndicator = "loading" });

        bench.Pipeline.KeepCancelled();

        var kept = bench.Thread.History().Select(static entry => entry.Item).ToArray();
        Assert.Equal(["w", "j", "wf", "shcx"], kept.Select(static item => item.Id.Split('_')[0]));
        Assert.Equal("data:,", ((GeneratedImageItem)kept[1]).Image!.Url);
        Assert.Equal("none", Assert.Single(((WorkflowItem)kept[2]).Workflow.Tasks).StatusIndicator);
    }

    [Fact]
    public async Task CloseOpenItems_FinishesWhatHasSomethingToShowAndTakesBackTheRest()
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "text", "half")));
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "blank", " ")));
        bench.Pipeline.Emit(new ItemAddedEvent(new GeneratedImageItem { Id = "image", ThreadId = bench.Thread.Id, CreatedAt = bench.Pipeline.Now() }));
        bench.Workflow.Add(new CustomTask { Title = "t" });

        bench.Pipeline.CloseOpenItems();

        var stream = await bench.ReadAsync();
        Assert.Equal(
            ["thread.item.removed", "thread.item.removed", "thread.item.done:assistant_message", "thread.item.done:workflow"],
            stream.Outline[4..]);
        Assert.Equal(["text", "wf"], bench.Thread.History().Select(static entry => entry.Item.Id.Split('_')[0]));
    }

    [Fact]
    public async Task Case40_Emit_OfAWorkflowThatGrewAndIsDone_HasEachTaskOnce()
    {
        await using var bench = new TurnBench();
        var empty = new WorkflowItem { Id = "wf", ThreadId = bench.Thread.Id, CreatedAt = bench.Pipeline.Now(), Workflow = new Workflow { Type = "custom", Tasks = [] } };
        var task = new CustomTask { Title = "t" };

        bench.Pipeline.Emit(new ItemAddedEvent(empty));
        bench.Pipeline.Emit(new ItemUpdatedEvent("wf", new WorkflowTaskAdded(0, task)));
        bench.Pipeline.Emit(new ItemDoneEvent(empty with { Workflow = empty.Workflow with { Tasks = [task] } }));

        Assert.Single((await bench.ReadAsync()).Item("workflow")["workflow"]!["tasks"]!.AsArray());
        Assert.Single(((WorkflowItem)bench.Thread.History()[0].Item).Workflow.Tasks);
    }

    [Fact]
    public async Task Emit_OfUpdatesToAnOpenWorkflow_AreKeptForACut()
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(new WorkflowItem
        {
            Id = "wf",
            ThreadId = bench.Thread.Id,
            CreatedAt = bench.Pipeline.Now(),
            Workflow = new Workflow { Type = "custom", Tasks = [] },
        }));
        bench.Pipeline.Emit(new ItemUpdatedEvent("wf", new WorkflowTaskAdded(0, new CustomTask { Title = "old" })));
        bench.Pipeline.Emit(new ItemUpdatedEvent("wf", new WorkflowTaskUpdated(0, new CustomTask { Title = "new" })));
        bench.Pipeline.Emit(new ItemUpdatedEvent("wf", new WorkflowTaskUpdated(9, new CustomTask { Title = "nowhere" })));

        bench.Pipeline.CloseOpenItems();

        Assert.Equal("new", Assert.Single(((WorkflowItem)bench.Thread.History()[0].Item).Workflow.Tasks).Title);
    }

    [Fact]
    public async Task Emit_OfAnnotationsToAnOpenMessage_AreInsertedWhereTheyBelong()
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", "text")));
        foreach (var (at, title) in new[] { (0, "one"), (0, "zero"), (99, "last") })
        {
            bench.Pipeline.Emit(new ItemUpdatedEvent("a", new ContentAnnotationAdded(
                0, at, new SourceAnnotation { Source = new FileSource { Title = title, Filename = title } })));
        }

        bench.Pipeline.CloseOpenItems();

        var content = ((AssistantMessageItem)bench.Thread.History()[0].Item).Content[0];
        Assert.Equal(["zero", "one", "last"], content.Annotations.Select(static a => a.Source.Title));
    }

    [Fact]
    public async Task EmitFromHost_OfFurtherStatesOfAWidget_SendsTheDifferences()
    {
        await using var bench = new TurnBench();

        foreach (var value in new[] { "", "Hel", "Hello, world" })
        {
            bench.Pipeline.EmitFromHost(new ItemAddedEvent(Widget(bench, value)));
        }

        bench.Pipeline.EmitFromHost(new ItemDoneEvent(Widget(bench, "Hello, world")));

        var stream = await bench.ReadAsync();
        Assert.Equal(
            ["thread.item.added:widget", "thread.item.updated:widget.streaming_text.value_delta", "thread.item.updated:widget.streaming_text.value_delta", "thread.item.done:widget"],
            stream.Outline);
        Assert.Equal("Hello, world", stream.Updates("widget.streaming_text.value_delta").Aggregate("", static (text, u) => text + (string?)u["delta"]));
        Assert.Equal(1, bench.Thread.Count);
    }

    [Fact]
    public async Task Emit_OfALaterEventOfAnItem_KeepsItsTimeOfCreation()
    {
        await using var bench = new TurnBench();
        var begun = bench.Pipeline.Now();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", "1")));
        bench.Pipeline.EmitFromHost(new ItemAddedEvent(Widget(bench, "1")));

        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Pipeline.Emit(new ItemDoneEvent(Message(bench, "a", "2")));
        bench.Pipeline.EmitFromHost(new ItemDoneEvent(Widget(bench, "2")));
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Pipeline.Emit(new ItemReplacedEvent(Message(bench, "a", "3")));

        Assert.All(bench.Thread.History(), entry => Assert.Equal(begun, entry.Item.CreatedAt));
        Assert.Single((await bench.ReadAsync()).Events.Select(static one => (string?)one["item"]?["created_at"]).OfType<string>().Distinct());
    }

    [Fact]
    public async Task Emit_OfADeltaForAPartThatIsNotThere_MakesTheParts()
    {
        await using var bench = new TurnBench();
        bench.Pipeline.Emit(new ItemAddedEvent(Message(bench, "a", "0") with { Content = [] }));

        foreach (var index in new[] { 1, -1, 2_000_000_000 })
        {
            bench.Pipeline.Emit(new ItemUpdatedEvent("a", new ContentTextDelta(index, $"{index}")));
        }

        bench.Pipeline.KeepCancelled();

        Assert.Equal(["", "1"], ((AssistantMessageItem)bench.Thread.History()[0].Item).Content.Select(static part => part.Text));
    }

    [Fact]
    public async Task Case52_Emit_OfACallOfAClientTool_ReachesThePageOnlyOnceItIsDone()
    {
        await using var bench = new TurnBench();
        var call = new ClientToolCallItem
        {
            Id = "tc",
            ThreadId = bench.Thread.Id,
            CreatedAt = bench.Pipeline.Now(),
            CallId = "c",
            Name = "n",
            Arguments = JsonElement.Parse("{}"),
        };

        bench.Pipeline.Emit(new ItemAddedEvent(call));
        bench.Pipeline.Emit(new ItemDoneEvent(call));
        bench.Pipeline.Emit(new ItemDoneEvent(call with { Status = "completed" }));

        Assert.Equal(["thread.item.done"], (await bench.ReadAsync()).Types);
        Assert.Equal("completed", ((ClientToolCallItem)Assert.Single(bench.Thread.History()).Item).Status);
    }

    [Fact]
    public async Task ChooseId_OfAnIdThePageMayStillKnow_IsAnother()
    {
        await using var bench = new TurnBench();

        bench.Pipeline.Retire(["msg_1"]);

        Assert.NotEqual("msg_1", bench.Pipeline.ChooseId("msg_1", "msg"));
        Assert.Equal("msg_2", bench.Pipeline.ChooseId("msg_2", "msg"));
    }

    private static AssistantMessageItem Message(TurnBench bench, string id, string text) => new()
    {
        Id = id,
        ThreadId = bench.Thread.Id,
        CreatedAt = bench.Pipeline.Now(),
        Content = [new AssistantContent { Text = text }],
    };

    private static WidgetItem Widget(TurnBench bench, string value) => new()
    {
        Id = "w",
        ThreadId = bench.Thread.Id,
        CreatedAt = bench.Pipeline.Now(),
        Widget = JsonElement.Parse($$"""{"type":"Card","children":[{"type":"Text","id":"t","value":"{{value}}"}]}"""),
    };

    private static string Text(ThreadItem item) => string.Concat(((AssistantMessageItem)item).Content.Select(static part => part.Text));
}
