using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class WorkflowWriterTests
{
    [Fact]
    public async Task Add_TheFirstTaskOfACustomWorkflow_ComesWithTheItem()
    {
        await using var bench = new TurnBench();

        Assert.Equal(0, bench.Workflow.Add(new CustomTask { Title = "one" }));
        Assert.Equal(1, bench.Workflow.Add(new CustomTask { Title = "two" }));

        var stream = await bench.ReadAsync();
        Assert.Equal(["thread.item.added:workflow", "thread.item.updated:workflow.task.added"], stream.Outline);
        Assert.Equal("one", (string?)stream.First["item"]!["workflow"]!["tasks"]![0]!["title"]);
        Assert.Equal("custom", (string?)stream.First["item"]!["workflow"]!["type"]);
        Assert.Equal(1, (int)stream.Last["update"]!["task_index"]!);
    }

    [Fact]
    public async Task Grow_WithinTheSpacing_WaitsAndTheLastIsSentOnTime()
    {
        await using var bench = new TurnBench();
        var index = bench.Workflow.Add(new ThoughtTask { Content = "" });
        bench.Clock.Advance(TimeSpan.FromSeconds(1));

        for (var step = 0; step < 30; step++)
        {
            bench.Workflow.Grow(index, "x");
            bench.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        var updates = (await bench.ReadAsync()).Updates("workflow.task.updated").Select(static u => ((string)u["task"]!["content"]!).Length).ToArray();
        Assert.Equal([1, 11, 21], updates);
    }

    /// <summary>Each update carries the whole thought: at one spacing a long one would be sent again and again.</summary>
    [Fact]
    public async Task Grow_OfALongThought_IsSpacedByItsLength()
    {
        await using var bench = new TurnBench();
        var index = bench.Workflow.Add(new ThoughtTask { Content = "" });
        bench.Clock.Advance(TimeSpan.FromSeconds(1));

        for (var step = 0; step < 400; step++)
        {
            bench.Workflow.Grow(index, new string('x', 1024));
            bench.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        bench.Workflow.Close();
        var stream = await bench.ReadAsync();
        var sent = stream.Updates("workflow.task.updated").Sum(static u => ((string)u["task"]!["content"]!).Length);
        Assert.InRange(sent, 1, 4 * 400 * 1024);
        Assert.Equal(400 * 1024, ((string)stream.Item("workflow")["workflow"]!["tasks"]![0]!["content"]!).Length);
    }

    [Fact]
    public async Task Add_AfterAnUpdateThatWaits_SendsThatFirst()
    {
        await using var bench = new TurnBench();
        var index = bench.Workflow.Add(new ThoughtTask { Content = "" });
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Workflow.Grow(index, "a");
        bench.Workflow.Grow(index, "b");

        bench.Workflow.Add(new CustomTask());

        var stream = await bench.ReadAsync();
        Assert.Equal(["a", "ab"], stream.Updates("workflow.task.updated").Select(static u => (string?)u["task"]!["content"]));
        Assert.Equal("thread.item.updated:workflow.task.added", stream.Outline[^1]);
    }

    [Fact]
    public async Task Close_WithAnUpdateThatWaits_HasItInTheFinalItem()
    {
        await using var bench = new TurnBench();
        var index = bench.Workflow.Add(new ThoughtTask { Content = "" });
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Workflow.Grow(index, "a");
        bench.Workflow.Grow(index, "b");

        bench.Workflow.Close();

        Assert.Equal("ab", (string?)(await bench.ReadAsync()).Item("workflow")["workflow"]!["tasks"]![0]!["content"]);
        Assert.False(bench.Workflow.IsOpen);
    }

    [Fact]
    public async Task Close_WithToolRuns_KeepsThemForTheModelOnly()
    {
        await using var bench = new TurnBench();
        bench.Workflow.Add(new CustomTask { Title = "Tool" });
        bench.Workflow.Remember(new ToolReplay("call_1", "tool", "{}", "out", []));

        bench.Workflow.Close();

        var (_, replay) = Assert.Single(bench.Thread.History());
        Assert.Equal("out", Assert.Single(replay!.Tools).Output);
        Assert.DoesNotContain("call_1", (await bench.ReadAsync()).Raw);
    }

    [Fact]
    public async Task Begin_AfterAClose_IsANewWorkflow()
    {
        await using var bench = new TurnBench();
        bench.Workflow.BeginReasoning();
        bench.Workflow.BeginReasoning();
        bench.Workflow.Close();
        bench.Workflow.Close();

        bench.Workflow.BeginReasoning();

        var stream = await bench.ReadAsync();
        Assert.Equal(["thread.item.added:workflow", "thread.item.done:workflow", "thread.item.added:workflow"], stream.Outline);
        Assert.NotEqual((string?)stream.First["item"]!["id"], (string?)stream.Last["item"]!["id"]);
        Assert.Empty(stream.Last["item"]!["workflow"]!["tasks"]!.AsArray());
    }
}
