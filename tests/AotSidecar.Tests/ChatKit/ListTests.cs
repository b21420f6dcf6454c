using System.Text.Json;
using System.Text.Json.Nodes;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

/// <summary>Threads and items as lists, and what is done to threads as a whole.</summary>
public sealed class ListTests : IAsyncLifetime
{
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case69_Threads_ComeNewestFirstInPages()
    {
        var ids = Enumerable.Range(0, 25).Select(_ => _host.NewThread().Id).Reverse().ToArray();

        var first = await ListAsync("\"limit\":20");
        var second = await ListAsync($"\"limit\":20,\"after\":\"{(string)first["after"]!}\"");

        Assert.Equal(ids[..20], Ids(first));
        Assert.True((bool)first["has_more"]!);
        Assert.Equal(ids[19], (string?)first["after"]);
        Assert.Equal(ids[20..], Ids(second));
        Assert.False((bool)second["has_more"]!);
        Assert.False(second.AsObject().ContainsKey("after"));
    }

    [Fact]
    public async Task Case70_Items_ComeInPagesThatHiddenOnesDoNotShorten()
    {
        var thread = _host.NewThread();
        Fill(thread, 26, hiddenAfterEach: true);

        var first = await _host.CallAsync(Body.Items(thread.Id));
        var second = await _host.CallAsync(Body.Items(thread.Id, $",\"after\":\"{(string)first["after"]!}\""));

        Assert.Equal(20, Ids(first).Length);
        Assert.Equal("m25", Ids(first)[0]);
        Assert.Equal(6, Ids(second).Length);
        Assert.False((bool)second["has_more"]!);
    }

    [Fact]
    public async Task Case75_GetById_GivesTheFirstItemsAndTheListGoesOn()
    {
        var thread = _host.NewThread();
        Fill(thread, 26, hiddenAfterEach: false);
        thread.UpdateHead(head => head with { Title = "T", Metadata = JsonElement.Parse("""{"mine":1}""") });

        var got = await _host.CallAsync(Body.Get(thread.Id));
        var last = Ids(got["items"]!)[^1];
        var rest = await _host.CallAsync(Body.Items(thread.Id, $",\"order\":\"asc\",\"limit\":9999,\"after\":\"{last}\""));

        Assert.Equal("m0", Ids(got["items"]!)[0]);
        Assert.True((bool)got["items"]!["has_more"]!);
        Assert.Equal(("T", "{}"), ((string?)got["title"], got["metadata"]!.ToJsonString()));
        Assert.Equal(["m20", "m21", "m22", "m23", "m24", "m25"], Ids(rest));
    }

    [Theory]
    [InlineData("threads.get_by_id", "")]
    [InlineData("items.list", "")]
    [InlineData("threads.update", ",\"title\":\"t\"")]
    [InlineData("items.feedback", ",\"item_ids\":[],\"kind\":\"positive\"")]
    [InlineData("threads.sync_custom_action", ",\"action\":{\"type\":\"go\"}")]
    public async Task Case82_AnotherUsersThread_IsAsUnknownAsOneThatNeverWas(string type, string members)
    {
        var foreign = _host.NewThread("eve");

        foreach (var id in new[] { foreign.Id, "thr_unknown" })
        {
            Assert.Equal(new Refusal(404, "thread_not_found", "params.thread_id"), await _host.RefusalAsync(Body.Op(type, $"\"thread_id\":\"{id}\"{members}")));
        }
    }

    [Fact]
    public async Task Case82_Users_SeeOnlyTheirOwnThreadsAndANewSessionOfTheSameUserSeesThemAgain()
    {
        var mine = _host.NewThread("ada").Id;

        var ada = await ListAsync("", await _host.MintAsync("ada"));
        var adaAgain = await ListAsync("", await _host.MintAsync("ada"));
        var eve = await ListAsync("", await _host.MintAsync("eve"));

        Assert.Equal([mine], Ids(ada));
        Assert.Equal([mine], Ids(adaAgain));
        Assert.Empty(Ids(eve));
    }

    [Fact]
    public async Task Case76_Update_RenamesTheThread()
    {
        var thread = _host.NewThread();

        var reply = await _host.CallAsync(Body.Op("threads.update", $"\"thread_id\":\"{thread.Id}\",\"title\":\"New é\""));

        Assert.Equal(("New é", """{"data":[],"has_more":false}"""), ((string?)reply["title"], reply["items"]!.ToJsonString()));
        Assert.Equal("New é", thread.Head.Title);
    }

    [Fact]
    public async Task Case77_Delete_IsFinalAndRepeatable()
    {
        var thread = _host.NewThread();
        var foreign = _host.NewThread("eve");

        Assert.Equal("{}", (await DeleteAsync(thread.Id)).ToJsonString());
        Assert.Equal("{}", (await DeleteAsync(thread.Id)).ToJsonString());
        Assert.Equal("{}", (await DeleteAsync(foreign.Id)).ToJsonString());

        Assert.Equal(404, (await _host.RefusalAsync(Body.Get(thread.Id))).Status);
        Assert.Equal(404, (await _host.RefusalAsync(Body.Items(thread.Id))).Status);
        Assert.True(_host.Threads.TryGet("eve", foreign.Id, out _));
    }

    [Theory]
    [InlineData("threads.list", "")]
    [InlineData("items.list", "\"thread_id\":\"{T}\",")]
    public async Task AForeignCursor_IsRefused(string type, string members)
    {
        var thread = _host.NewThread();
        var other = _host.NewThread("eve");

        var refusal = await _host.RefusalAsync(Body.Op(type, $"{members.Replace("{T}", thread.Id)}\"after\":\"{other.Id}\""));

        Assert.Equal((400, "params.after"), (refusal.Status, refusal.Param));
    }

    [Fact]
    public async Task Case38_HiddenItems_AreInNoReply()
    {
        var thread = _host.NewThread();
        Fill(thread, 2, hiddenAfterEach: true);

        var replies = $"{await _host.CallAsync(Body.Get(thread.Id))}{await _host.CallAsync(Body.Items(thread.Id))}{await ListAsync("")}";

        Assert.DoesNotContain("hidden", replies);
    }

    private static void Fill(StoredThread thread, int count, bool hiddenAfterEach)
    {
        for (var at = 0; at < count; at++)
        {
            thread.Upsert(new AssistantMessageItem { Id = $"m{at}", ThreadId = thread.Id, CreatedAt = thread.CreatedAt, Content = [] });
            if (hiddenAfterEach)
            {
                thread.Upsert(new HiddenContextItem { Id = $"hidden{at}", ThreadId = thread.Id, CreatedAt = thread.CreatedAt, Content = JsonElement.Parse("\"hidden\"") });
            }
        }
    }

    private static string[] Ids(JsonNode page) => [.. page["data"]!.AsArray().Select(static one => (string)one!["id"]!)];

    private Task<JsonNode> ListAsync(string members, string? token = null) => _host.CallAsync(Body.Op("threads.list", members), token);

    private Task<JsonNode> DeleteAsync(string id) => _host.CallAsync(Body.Op("threads.delete", $"\"thread_id\":\"{id}\""));
}
