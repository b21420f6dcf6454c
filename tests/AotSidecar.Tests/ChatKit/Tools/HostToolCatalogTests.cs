using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit.Tools;

/// <summary>When the host is asked which tools it has.</summary>
public sealed class HostToolCatalogTests
{
    [Fact]
    public async Task FirstSession_OfAHostWithTools_AsksForTheListBeforeAnyTurn()
    {
        var listed = new TaskCompletionSource();
        await using var host = await ChatHost.StartAsync(fake: fakes =>
        {
            fakes.Host.Capabilities = fakes.Host.Capabilities with { Tools = true };
            fakes.Host.Answer("tools/list", _ =>
            {
                listed.TrySetResult();
                return """{"tools":[{"name":"search"}]}""";
            });
        });
        await listed.Task.Soon();
        await host.MintAsync();
        host.Model.Plan(Says.Text("a"));

        await host.StreamAsync(Body.Create("x"));

        Assert.Single(host.Host.Calls("tools/list"));
        Assert.Equal("search", Assert.Single(host.Model.Requests[0].Tools).Name);
    }

    [Fact]
    public async Task List_InPages_IsReadToItsEnd()
    {
        await using var host = await ChatHost.StartAsync();
        host.Host.OfferTools();
        host.Host.Answer("tools/list", static given => (string?)given["cursor"] switch
        {
            null => """{"tools":[{"name":"one"}],"nextCursor":"p2"}""",
            "p2" => """{"tools":[{"name":"two"}],"nextCursor":"p3"}""",
            _ => """{"tools":[{"name":"three"}],"nextCursor":""}""",
        });
        host.Model.Plan(Says.Text("a"));

        await host.StreamAsync(Body.Create("x"));

        Assert.Equal(["one", "two", "three"], host.Model.Requests[0].Tools.Select(static tool => tool.Name));
    }

    [Fact]
    public async Task List_WhoseCursorNeverEnds_EndsHere()
    {
        await using var host = await ChatHost.StartAsync();
        host.Host.OfferTools();
        host.Host.Answer("tools/list", """{"tools":[{"name":"again"}],"nextCursor":"more"}""");
        host.Model.Plan(Says.Text("a"));

        await host.StreamAsync(Body.Create("x"));

        Assert.Equal(32, host.Host.Calls("tools/list").Count);
        Assert.Single(host.Model.Requests[0].Tools);
    }

    [Fact]
    public async Task ToolsChanged_WhileTheListIsAskedFor_DoesNotKeepTheOldOne()
    {
        await using var host = await ChatHost.StartAsync();
        var old = new TaskCompletionSource<HostReply>();
        host.Host.OfferTools();
        host.Host.Answers["tools/list"] = (_, _) => old.Task;
        await host.InvokeAsync("tools/changed", "{}");
        await Waits.UntilAsync(() => host.Host.Calls("tools/list").Count == 1);
        host.Host.Answer("tools/list", """{"tools":[{"name":"new"}]}""");

        await host.InvokeAsync("tools/changed", "{}");
        old.SetResult(new HostReply.Result(JsonElement.Parse("""{"tools":[{"name":"old"}]}""")));
        host.Model.Plan(Says.Text("a"));
        await host.StreamAsync(Body.Create("x"));

        Assert.Equal(["new"], host.Model.Requests[0].Tools.Select(static tool => tool.Name));
        Assert.Equal(2, host.Host.Calls("tools/list").Count);
    }

    [Fact]
    public async Task ToolsChanged_WithoutEnd_AsksAFewTimesAndTheNextTurnHasTheNewest()
    {
        await using var host = await ChatHost.StartAsync();
        var asked = 0;
        host.Host.OfferTools();
        host.Host.Answer("tools/list", _ => $$"""{"tools":[{"name":"tool{{Interlocked.Increment(ref asked)}}"}]}""");
        for (var n = 0; n < 100; n++)
        {
            await host.InvokeAsync("tools/changed", "{}");
        }

        await Waits.UntilAsync(() => Volatile.Read(ref asked) == 8);
        host.Model.Plan(Says.Text("a"));
        await host.StreamAsync(Body.Create("x"));

        Assert.Equal("tool9", Assert.Single(host.Model.Requests[0].Tools).Name);
    }

    [Fact]
    public async Task List_ThatFails_IsAskedForAgainWithTheNextTurn()
    {
        await using var host = await ChatHost.StartAsync();
        host.Host.OfferTools();
        host.Host.Answer("tools/list", new HostReply.Error(-32000));
        host.Model.Plan(Says.Text("a"));
        host.Model.Plan(Says.Text("b"));

        var first = await host.StreamAsync(Body.Create("x"));
        host.Host.Answer("tools/list", """{"tools":[{"name":"search"}]}""");
        await host.StreamAsync(Body.Create("y"));

        Assert.Null(first.Error);
        Assert.Empty(host.Model.Requests[0].Tools);
        Assert.Single(host.Model.Requests[1].Tools);
    }

    [Fact]
    public async Task List_ThatNeverComes_MakesOnlyOneTurnAMinuteWait()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var host = await ChatHost.StartAsync(fake: fakes => fakes.Clock = clock);
        host.Host.OfferTools();
        host.Host.Answer("tools/list", new HostReply.TimedOut());
        foreach (var answer in (string[])["a", "b", "c"])
        {
            host.Model.Plan(Says.Text(answer));
        }

        await host.StreamAsync(Body.Create("x"));
        await host.StreamAsync(Body.Create("y"));
        var before = host.Host.Calls("tools/list").Count;
        clock.Advance(TimeSpan.FromSeconds(61));
        await host.StreamAsync(Body.Create("z"));

        Assert.Equal((1, 2), (before, host.Host.Calls("tools/list").Count));
    }
}
