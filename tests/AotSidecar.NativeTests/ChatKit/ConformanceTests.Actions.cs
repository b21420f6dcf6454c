namespace AotSidecar.NativeTests.ChatKit;

/// <summary>docs/chatkit.md#conformance-cases, by number: actions and feedback, which the host handles.</summary>
public sealed class ConformanceTestsOfActions(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Case64And65_AnAction_ReachesTheHostWithItsSenderOrWithout()
    {
        var thread = await ThreadWithWidgetAsync("w_64");
        stage.ActionResult = """{"events":[{"type":"thread.item.updated","item_id":"w_64","update":{"type":"widget.root.updated","widget":{"type":"Basic"}}}]}""";

        using var stream = await stage.StreamAsync(Stage.Action(thread, "w_64"));
        using var without = await stage.StreamAsync(Stage.Action(thread, null));

        Assert.Equal(["stream_options", "thread.item.updated"], stream.Types);
        Assert.Equal("widget.root.updated", (string?)stream.Events[1]["update"]!["type"]);
        var (sent, bare) = (stage.Actions[^2], stage.Actions[^1]);
        Assert.Equal(("w_64", "Card", "go"), ((string?)sent["itemId"], (string?)sent["widget"]!["type"], (string?)sent["action"]!["type"]));
        Assert.Equal("""{"n":null}""", sent["action"]!["payload"]!.ToJsonString());
        Assert.Equal(["threadId", "action", "sync"], bare.Select(member => member.Key));
    }

    [Fact]
    public async Task Case66_AnActionOfWhatIsNoWidget_IsASingleError()
    {
        var thread = await stage.NewThreadAsync();
        var message = (string)(await stage.ItemsAsync(thread))[0]!["id"]!;

        using var stream = await stage.StreamAsync(Stage.Action(thread, message));

        Assert.Equal(["error"], stream.Types);
        Assert.Equal(("stream.error", false), ((string?)stream.Error!["code"], (bool)stream.Error["allow_retry"]!));
    }

    [Fact]
    public async Task Case67_WithoutAHandler_AnActionIsAnErrorAfterItsOptions()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var session = await sidecar.MintAsync();
        using var created = await (await sidecar.StreamAsync(session, "hi")).ToEndAsync();

        using var stream = await (await sidecar.Door.StreamAsync(session, Stage.Action(created.ThreadId, null))).ToEndAsync();

        Assert.Equal(["stream_options", "error"], stream.Types);
        Assert.Equal(("stream.error", true), ((string?)stream.Error!["code"], (bool)stream.Error["allow_retry"]!));
    }

    [Fact]
    public async Task Case68_ASyncAction_AnswersTheUpdatedItemOrAnEmptyObject()
    {
        var thread = await ThreadWithWidgetAsync("w_68");

        stage.ActionResult = $$"""{"updatedItem":{{Stage.Widget("w_68", "new")}} }""";
        var updated = await stage.CallAsync(Stage.Action(thread, "w_68", sync: true));
        stage.ActionResult = "{}";
        var nothing = await stage.CallAsync(Stage.Action(thread, "w_68", sync: true));
        var message = await stage.Sidecar.ChatAsync(stage.Session, Stage.Action(thread, (string)(await stage.ItemsAsync(thread))[0]!["id"]!, sync: true));

        Assert.Equal("new", (string?)updated["updated_item"]!["widget"]!["children"]![0]!["value"]);
        Assert.Equal("{}", nothing.ToJsonString());
        Assert.Equal((400, "not_a_widget"), (message.Status, message.Code));
        Assert.Equal("new", (string?)(await stage.ItemsAsync(thread))[^1]!["widget"]!["children"]![0]!["value"]);
    }

    [Fact]
    public async Task AHostThatNeverAnswersAnAction_IsGivenUpAfterTheBridgesTimeout()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--bridge-timeout", "1"],
            Host = host =>
            {
                host.Capabilities = """{"actions":true}""";
                host.OnOther = (_, _) => Task.CompletedTask;
            },
        });
        var session = await sidecar.MintAsync();
        using var created = await (await sidecar.StreamAsync(session, "hi")).ToEndAsync();

        using var stream = await (await sidecar.Door.StreamAsync(session, Stage.Action(created.ThreadId, null))).ToEndAsync();
        var sync = await sidecar.ChatAsync(session, Stage.Action(created.ThreadId, null, sync: true));

        Assert.Equal(["stream_options", "error"], stream.Types);
        Assert.Equal(("stream.error", "bridge_timeout"), ((string?)stream.Error!["code"], (string?)stream.Error["reason"]));
        Assert.Equal((504, "bridge_timeout"), (sync.Status, sync.Code));
    }

    [Theory]
    [InlineData("positive")]
    [InlineData("negative")]
    public async Task Case21And78_Feedback_ReachesTheHostWithThreadIdsAndKind(string kind)
    {
        var thread = await stage.NewThreadAsync();

        var reply = await stage.CallAsync(Stage.Op("items.feedback", $"\"thread_id\":\"{thread}\",\"item_ids\":[\"a\",\"b\"],\"kind\":\"{kind}\""));
        var bridge = await stage.Sidecar.Host.ConnectedAsync();
        var told = await bridge.MessageAsync(message => (string?)message["method"] == "feedback/submit" && (string?)message["params"]!["threadId"] == thread);

        Assert.Equal("{}", reply.ToJsonString());
        Assert.Equal($$"""{"threadId":"{{thread}}","itemIds":["a","b"],"kind":"{{kind}}"}""", told["params"]!.ToJsonString());
    }

    private async Task<string> ThreadWithWidgetAsync(string id)
    {
        var thread = await stage.NewThreadAsync();
        using var stream = await stage.YieldAsync(thread, Stage.Item("done", Stage.Widget(id, "value")));
        return thread;
    }
}
