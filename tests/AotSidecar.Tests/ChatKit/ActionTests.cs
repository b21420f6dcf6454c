using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

/// <summary>Custom actions and feedback, which the extension host handles.</summary>
public sealed class ActionTests : IAsyncLifetime
{
    private ChatHost _host = null!;
    private StoredThread _thread = null!;

    public async Task InitializeAsync()
    {
        _host = await ChatHost.StartAsync();
        _host.Host.Capabilities = new HostCapabilities(Tools: false, Actions: true, Feedback: true);
        _thread = _host.NewThread();
        _thread.Upsert(new WidgetItem { Id = "w", ThreadId = _thread.Id, CreatedAt = _thread.CreatedAt, Widget = JsonElement.Parse("""{"type":"Card","children":[]}""") });
        _thread.Upsert(new AssistantMessageItem { Id = "m", ThreadId = _thread.Id, CreatedAt = _thread.CreatedAt, Content = [] });
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case64_AnActionOfAWidget_ReachesTheHostWithItsSender()
    {
        _host.Host.Answer("actions/invoke", """
            {"events":[{"type":"thread.item.updated","item_id":"w","update":{"type":"widget.root.updated","widget":{"type":"Card","n":null}}}]}
            """);

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "w"));

        Assert.Equal(["stream_options", "thread.item.updated:widget.root.updated"], stream.Outline);
        Assert.Equal("""{"type":"Card"}""", stream.Last["update"]!["widget"]!.ToJsonString());
        Assert.Equal(
            $$$"""{"threadId":"{{{_thread.Id}}}","itemId":"w","widget":{"type":"Card","children":[]},"action":{"type":"go","payload":{"n":1}},"sync":false}""",
            Assert.Single(_host.Host.Calls("actions/invoke")).ToJsonString());
        Assert.Equal("""{"type":"Card"}""", StoredWidget());
    }

    [Fact]
    public async Task AHostThatRenamesALockedThread_LeavesItLocked()
    {
        _thread.UpdateHead(head => head with { Status = new LockedStatus("done") });
        _host.Host.Answer("actions/invoke", """{"events":[{"type":"thread.updated","thread":{"title":"Named"}}]}""");

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "w"));

        Assert.Equal("""{"type":"locked","reason":"done"}""", stream.Last["thread"]!["status"]!.ToJsonString());
        Assert.Equal(("Named", new LockedStatus("done")), (_thread.Head.Title, (LockedStatus)_thread.Head.Status));
    }

    [Fact]
    public async Task Case65_AnActionOfThePage_HasNoSender()
    {
        _host.Host.Answer("actions/invoke", "null");

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, null));

        Assert.Equal(["stream_options"], stream.Types);
        Assert.Equal(["threadId", "action", "sync"], Assert.Single(_host.Host.Calls("actions/invoke")).AsObject().Select(static member => member.Key));
    }

    [Fact]
    public async Task Case66_AnActionOfWhatIsNoWidget_IsOneErrorWithoutARetry()
    {
        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "m"));

        var error = Assert.Single(stream.Events);
        Assert.Equal(("error", "stream.error", false), ((string?)error["type"], (string?)error["code"], (bool)error["allow_retry"]!));
        Assert.Empty(_host.Host.Calls("actions/invoke"));
    }

    [Fact]
    public async Task Case67_WithoutAHandler_TheActionIsAnErrorThatCanBeRetried()
    {
        _host.Host.Capabilities = HostCapabilities.None;

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "w"));

        Assert.Equal(["stream_options", "error"], stream.Types);
        Assert.Equal(("stream.error", true, "actions_unavailable"), ((string?)stream.Error!["code"], (bool)stream.Error["allow_retry"]!, stream.Reason));
    }

    [Theory]
    [InlineData("error", "bridge_error")]
    [InlineData("timeout", "bridge_timeout")]
    [InlineData("gone", "bridge_error")]
    [InlineData("5", "bridge_error")]
    [InlineData("""{"events":[{"type":"nonsense"}]}""", "bridge_error")]
    [InlineData("""{"events":5}""", "bridge_error")]
    [InlineData("""{"updatedItem":{"type":"widget"}}""", "bridge_error")]
    public async Task AHostThatFails_IsOneErrorEvent(string answer, string reason)
    {
        _host.Host.Answer("actions/invoke", Reply(answer));

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "w"));

        Assert.Equal(["stream_options", "error"], stream.Types);
        Assert.Equal(reason, stream.Reason);
    }

    [Fact]
    public async Task Case37_AReplacedWidget_IsSentAndStored()
    {
        _host.Host.Answer("actions/invoke", """
            {"events":[{"type":"thread.item.done","item":{"id":"x","type":"widget","widget":{"type":"Card"}}},
             {"type":"thread.item.replaced","item":{"id":"x","type":"widget","widget":{"type":"ListView"}}}],
             "updatedItem":{"id":"w","type":"widget","widget":{"type":"Basic"}}}
            """);

        var stream = await _host.StreamAsync(Body.Action(_thread.Id, "w"));

        Assert.Equal(["stream_options", "thread.item.done:widget", "thread.item.replaced:widget", "thread.item.replaced:widget"], stream.Outline);
        Assert.Equal("""{"type":"Basic"}""", StoredWidget());
        Assert.Equal(["w", "m", "x"], _thread.History().Select(static entry => entry.Item.Id));
        Assert.Equal("""{"type":"ListView"}""", ((WidgetItem)_thread.History()[2].Item).Widget.GetRawText());
    }

    [Fact]
    public async Task Case68_ASyncAction_AnswersTheUpdatedItemAndStoresIt()
    {
        _host.Host.Answer("actions/invoke", """{"updatedItem":{"id":"w","type":"widget","widget":{"type":"Basic"}}}""");

        var reply = await _host.CallAsync(Body.Action(_thread.Id, "w", sync: true));

        Assert.Equal("""{"type":"Basic"}""", reply["updated_item"]!["widget"]!.ToJsonString());
        Assert.Equal("widget", (string?)reply["updated_item"]!["type"]);
        Assert.Equal("""{"type":"Basic"}""", StoredWidget());
        Assert.True((bool)Assert.Single(_host.Host.Calls("actions/invoke"))["sync"]!);
    }

    [Fact]
    public async Task Case68_ASyncActionWithoutAnUpdate_AnswersAnEmptyObject()
    {
        _host.Host.Answer("actions/invoke", """{"events":[{"type":"thread.item.replaced","item":{"id":"w","type":"widget","widget":{"type":"Basic"}}}]}""");

        Assert.Equal("{}", (await _host.CallAsync(Body.Action(_thread.Id, "w", sync: true))).ToJsonString());
        Assert.Equal("""{"type":"Basic"}""", StoredWidget());
    }

    [Fact]
    public async Task ASyncAction_WhoseHostRenamesTheThread_DoesSo()
    {
        _host.Host.Answer("actions/invoke", """{"events":[{"type":"thread.updated","thread":{"title":"Named","metadata":{"case":7}}}]}""");

        await _host.CallAsync(Body.Action(_thread.Id, "w", sync: true));
        await _host.CallAsync(Body.Action(_thread.Id, "w", sync: true));

        Assert.Equal("Named", _thread.Head.Title);
        var calls = _host.Host.Calls("actions/invoke");
        Assert.False(calls[0].AsObject().ContainsKey("threadMetadata"));
        Assert.Equal("""{"case":7}""", calls[1]["threadMetadata"]!.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnUpdatedItemThatDoesNotNameItself_IsTheOneThatWasClicked(bool sync)
    {
        _host.Host.Answer("actions/invoke", """{"updatedItem":{"type":"widget","widget":{"type":"Basic"}}}""");
        var body = Body.Action(_thread.Id, "w", sync: sync);

        var item = sync
            ? (await _host.CallAsync(body))["updated_item"]!
            : (await _host.StreamAsync(body)).Items("thread.item.replaced").Single();

        Assert.Equal(("w", "Basic"), ((string?)item["id"], (string?)item["widget"]!["type"]));
        Assert.Equal(_thread.CreatedAt, (DateTime)item["created_at"]!);
    }

    [Theory]
    [InlineData("m", "5", 400, "not_a_widget")]
    [InlineData("gone", "5", 404, "item_not_found")]
    [InlineData("w", "5", 502, "bridge_error")]
    [InlineData("w", "error", 502, "bridge_error")]
    [InlineData("w", "timeout", 504, "bridge_timeout")]
    public async Task Case68_ASyncActionThatCannotBe_HasAStatus(string itemId, string answer, int status, string code)
    {
        _host.Host.Answer("actions/invoke", Reply(answer));

        var refusal = await _host.RefusalAsync(Body.Action(_thread.Id, itemId, sync: true));

        Assert.Equal((status, code), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task ASyncAction_WithoutAHandler_IsNotOffered()
    {
        _host.Host.Capabilities = HostCapabilities.None;

        Assert.Equal(new Refusal(501, "actions_unavailable"), await _host.RefusalAsync(Body.Action(_thread.Id, "w", sync: true)));
    }

    [Theory]
    [InlineData("positive")]
    [InlineData("negative")]
    public async Task Case78_Feedback_ReachesTheHost(string kind)
    {
        var body = Body.Op("items.feedback", $"\"thread_id\":\"{_thread.Id}\",\"item_ids\":[\"m\",\"w\"],\"kind\":\"{kind}\"");

        var reply = await _host.CallAsync(body);

        Assert.Equal("{}", reply.ToJsonString());
        Assert.Equal(
            $$"""{"threadId":"{{_thread.Id}}","itemIds":["m","w"],"kind":"{{kind}}"}""",
            Assert.Single(_host.Host.Calls("feedback/submit")).ToJsonString());
    }

    [Fact]
    public async Task Case78_FeedbackThatNobodyHears_IsTakenAllTheSame()
    {
        _host.Host.Capabilities = HostCapabilities.None;

        var reply = await _host.CallAsync(Body.Op("items.feedback", $"\"thread_id\":\"{_thread.Id}\",\"item_ids\":[],\"kind\":\"positive\""));

        Assert.Equal("{}", reply.ToJsonString());
        Assert.Empty(_host.Host.Calls("feedback/submit"));
    }

    private string StoredWidget() => ((WidgetItem)_thread.History()[0].Item).Widget.GetRawText();

    private static HostReply Reply(string answer) => answer switch
    {
        "error" => new HostReply.Error(-32000),
        "timeout" => new HostReply.TimedOut(),
        "gone" => new HostReply.Unavailable(),
        _ => new HostReply.Result(JsonElement.Parse(answer)),
    };
}
