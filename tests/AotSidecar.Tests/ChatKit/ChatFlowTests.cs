using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

/// <summary>Messages and their answers, on the whole server.</summary>
public sealed class ChatFlowTests : IAsyncLifetime
{
    private ChatHost _host = null!;

    public async Task InitializeAsync() => _host = await ChatHost.StartAsync(flags => flags.Model = "flag-model");

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Create_OfAMessage_TellsTheWholeTurnInOrder()
    {
        _host.Model.Plan(Says.Text("Hello there"));

        var stream = await _host.StreamAsync(Body.Create("Hi", ",\"quoted_text\":\"Quoted\""));

        Assert.Equal(
            [
                "thread.created",
                "thread.item.done:user_message",
                "thread.updated",
                "stream_options",
                "thread.item.added:assistant_message",
                "thread.item.updated:assistant_message.content_part.added",
                "thread.item.updated:assistant_message.content_part.text_delta",
                "thread.item.updated:assistant_message.content_part.done",
                "thread.item.done:assistant_message",
            ],
            stream.Outline);
        Assert.Equal("Quoted", (string?)stream.Item("user_message")["quoted_text"]);
        Assert.Null(stream.First["thread"]!["title"]);
        Assert.Equal("Hi", (string?)stream.Events[2]["thread"]!["title"]);
        Assert.True((bool)stream.Events[3]["stream_options"]!["allow_cancel"]!);
        Assert.EndsWith("Z", (string?)stream.First["thread"]!["created_at"]);
    }

    [Fact]
    public async Task Case13_TheMessage_IsMadeForTheThreadThatWasMadeBefore()
    {
        _host.Model.Plan(Says.Text("ok"));

        var stream = await _host.StreamAsync(Body.Create("Hi"));

        Assert.Equal(stream.ThreadId, (string?)stream.Item("user_message")["thread_id"]);
        Assert.Equal(stream.ThreadId, (string?)stream.Item("assistant_message")["thread_id"]);
        Assert.Matches("^thr_[0-9a-f]{32}$", stream.ThreadId);
        Assert.Matches("^msg_[0-9a-f]{32}$", (string?)stream.Item("user_message")["id"]);
    }

    [Fact]
    public async Task Create_OfTextThatNeedsEscaping_IsDecodedToTheSame()
    {
        const string Text = "\"quoted\" back\\slash\nnew\u0000line é \u2028 <&>' 👍🏽";
        _host.Model.Plan(Says.Text(Text));

        var stream = await _host.StreamAsync(Body.Create(Text));

        Assert.Equal(Text, (string?)stream.Item("user_message")["content"]![0]!["text"]);
        Assert.Equal(Text, stream.Deltas);
        Assert.Equal(Text, (string?)stream.Item("assistant_message")["content"]![0]!["text"]);
        Assert.Contains("é \u2028 <&>' 👍🏽", stream.Raw);
    }

    [Fact]
    public async Task Create_OfADeltaLongerThanABuffer_ArrivesWhole()
    {
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(static i => i % 7 == 0 ? "é" : i % 11 == 0 ? "\"" : "👍"));
        _host.Model.Plan(Says.Text(text));

        var stream = await _host.StreamAsync(Body.Create("long"));

        Assert.Equal(text, stream.Deltas);
    }

    [Theory]
    [InlineData("first line\nsecond", "first line")]
    [InlineData("   \n  padded  \nx", "padded")]
    [InlineData("a sentence of many words that goes on well beyond the sixty characters of a title", "a sentence of many words that goes on well beyond the sixty…")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa👍aaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…")]
    public async Task Create_OfAMessage_IsTitledByItsFirstLine(string message, string title)
    {
        _host.Model.Plan(Says.Text("ok"));

        var stream = await _host.StreamAsync(Body.Create(message));

        Assert.Equal(title, (string?)stream.Events[2]["thread"]!["title"]);
        Assert.Equal(title, (string?)(await _host.CallAsync(Body.Get(stream.ThreadId)))["title"]);
    }

    [Fact]
    public async Task AddMessage_ToATitledThread_AnnouncesNoTitleAndSendsTheConversation()
    {
        _host.Model.Plan(Says.Text("blue", phase: "final_answer"));
        _host.Model.Plan(Says.Text("because"));
        var thread = (await _host.StreamAsync(Body.Create("what colour?"))).ThreadId;

        var second = await _host.StreamAsync(Body.Add(thread, "why?"));

        Assert.Equal("thread.item.done:user_message", second.Outline[0]);
        Assert.DoesNotContain("thread.updated", second.Types);
        Assert.DoesNotContain("thread.created", second.Types);
        var input = _host.Model.Requests[1].Input;
        Assert.Equal(3, input.Count);
        Assert.Equal(new InputItem.Assistant("blue", "final_answer"), input[1]);
        Assert.Equal(thread, _host.Model.Requests[1].ConversationId);
    }

    [Fact]
    public async Task Case20_InferenceOptions_ReachTheModelOnCreateAndOnAdd()
    {
        var token = await _host.MintAsync(extra: ""","client_tools":[{"name":"pick","parameters":{"type":"object"}}]""");
        const string Options = ",\"inference_options\":{\"model\":\"mine\",\"tool_choice\":{\"id\":\"pick\"}}";
        _host.Model.Plan(Says.Text("a"));
        _host.Model.Plan(Says.Text("b"));

        var first = await _host.StreamAsync(Body.Create("x", Options), token);
        await _host.StreamAsync(Body.Add(first.ThreadId, "y", Options), token);

        Assert.All(_host.Model.Requests, static request => Assert.Equal(("mine", "pick"), (request.Model, request.ForcedTool)));
        Assert.Equal("""{"model":"mine","tool_choice":{"id":"pick"}}""", first.Item("user_message")["inference_options"]!.ToJsonString());
    }

    [Fact]
    public async Task Model_IsTheMessagesThenTheSessionsThenTheFlags()
    {
        var token = await _host.MintAsync(extra: ""","model":"session-model","instructions":"be brief" """);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            _host.Model.Plan(Says.Text("a"));
        }

        await _host.StreamAsync(Body.Create("x"));
        await _host.StreamAsync(Body.Create("x"), token);
        await _host.StreamAsync(Body.Create("x", ",\"inference_options\":{\"model\":\"message-model\"}"), token);

        Assert.Equal(["flag-model", "session-model", "message-model"], _host.Model.Requests.Select(static request => request.Model));
        Assert.Equal([null, "be brief", "be brief"], _host.Model.Requests.Select(static request => request.Instructions));
    }

    [Theory]
    [InlineData("locked", "thread_locked")]
    [InlineData("closed", "thread_closed")]
    public async Task Case27_AddMessage_ToALockedOrClosedThread_ComesBackAndStoresNothing(string status, string reason)
    {
        var thread = _host.NewThread();
        thread.UpdateHead(head => head with { Status = status == "locked" ? new LockedStatus("Escalated") : new ClosedStatus() });

        var stream = await _host.StreamAsync(Body.Add(thread.Id, "hi"));

        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Equal((reason, "custom"), (stream.Reason, (string?)stream.Error!["code"]));
        Assert.Equal(0, thread.Count);
    }

    [Theory]
    [InlineData("threads.add_user_message", "\"input\":{\"content\":[{\"type\":\"input_text\",\"text\":\"x\"}],\"attachments\":[],\"inference_options\":{}}")]
    [InlineData("threads.add_client_tool_output", "\"result\":1")]
    [InlineData("threads.add_structured_input", "\"item_id\":\"i\",\"input\":{}")]
    [InlineData("threads.retry_after_item", "\"item_id\":\"i\"")]
    [InlineData("threads.custom_action", "\"action\":{\"type\":\"go\"}")]
    public async Task Case23_Streaming_OnAnUnknownOrForeignThread_IsOneErrorEvent(string type, string members)
    {
        var foreign = _host.NewThread("eve");

        foreach (var id in new[] { "thr_unknown", "../x", foreign.Id })
        {
            var stream = await _host.StreamAsync(Body.Op(type, $"\"thread_id\":\"{id}\",{members}"));

            Assert.Equal("error", Assert.Single(stream.Types, static type => type != "thread.item.done"));
            Assert.Equal("thread_not_found", stream.Reason);
        }

        Assert.Equal(0, foreign.Count);
    }

    [Fact]
    public async Task Case26_Create_WithAnUnknownAttachment_LeavesNoThread()
    {
        var stream = await _host.StreamAsync(Body.Create("x", ",\"attachments\":[\"atc_unknown\"]"));

        Assert.Equal("attachment_not_found", stream.Reason);
        Assert.Equal(["thread.item.done", "error"], stream.Types);
        Assert.Empty((await _host.CallAsync(Body.Op("threads.list", "")))["data"]!.AsArray());
    }

    [Fact]
    public async Task Case28_AModelThatThrows_IsOneStreamErrorAndACleanEnd()
    {
        _host.Model.Plan(static _ => throw new InvalidOperationException("sk-secret detail"));

        var stream = await _host.StreamAsync(Body.Create("x"));

        Assert.Equal("""{"type":"error","code":"stream.error","allow_retry":true}""", stream.Error!.ToJsonString());
        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options", "error"], stream.Types);
        Assert.DoesNotContain("detail", stream.Raw);
    }

    [Fact]
    public async Task Case94_AProviderThatFailsInTheMiddle_FinishesItsItemsAndIsOneError()
    {
        _host.Model.Plan([
            .. Says.Thoughts(0, "hm"),
            new ProviderEvent.MessageStarted(1, null),
            Says.Delta("half an ans", 1),
            new ProviderEvent.HostedStarted(2, HostedTool.ImageGeneration),
            new ProviderEvent.Failed(UpstreamFailures.Cut)]);

        var stream = await _host.StreamAsync(Body.Create("x"));

        var added = stream.Items("thread.item.added").Select(static item => (string)item["id"]!);
        var ended = stream.Items("thread.item.done").Select(static item => (string)item["id"]!)
            .Concat(stream.Events.Select(static one => (string?)one["item_id"]).OfType<string>()).ToHashSet();
        Assert.All(added, id => Assert.Contains(id, ended));
        Assert.Equal("upstream_stream_broken", stream.Reason);
        Assert.Equal("half an ans", (string?)stream.Item("assistant_message")["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData(nameof(CompletionReason.Length))]
    [InlineData(nameof(CompletionReason.ContentFilter))]
    public async Task AnIncompleteAnswer_IsKeptWithANotice(string reason)
    {
        _host.Model.Plan([.. Says.Message(0, "half"), new ProviderEvent.Completed(Enum.Parse<CompletionReason>(reason))]);

        var stream = await _host.StreamAsync(Body.Create("x"));

        Assert.Equal("half", (string?)stream.Item("assistant_message")["content"]![0]!["text"]);
        Assert.Contains("notice", stream.Types);
        Assert.Null(stream.Error);
    }

    [Fact]
    public async Task AnAnswerOfNothing_IsAnErrorThatCanBeTriedAgain()
    {
        _host.Model.Plan(Says.Done);

        var stream = await _host.StreamAsync(Body.Create("x"));

        Assert.Equal(["thread.created", "thread.item.done", "thread.updated", "stream_options", "error"], stream.Types);
        Assert.True((bool)stream.Error!["allow_retry"]!);
    }

    [Fact]
    public async Task ARefusedKey_EndsEverySessionOfTheKey()
    {
        _host.Model.Plan(Says.Failure(UpstreamFailures.AuthFailed));
        var other = await _host.MintAsync("eve");

        var stream = await _host.StreamAsync(Body.Create("x"));
        var after = await _host.RefusalAsync(Body.Op("threads.list", ""));
        var others = await _host.RefusalAsync(Body.Op("threads.list", ""), other);

        Assert.Equal("upstream_auth_failed", stream.Reason);
        Assert.Equal((401, "invalid_credential"), (after.Status, after.Code));
        Assert.Equal(401, others.Status);
    }

    [Fact]
    public async Task TheAncestorsPathAndNames_AreTheSameOperation()
    {
        using var reply = await _host.SendAsync(
            HttpMethod.Post, "/api/chat/chatkit", _host.Token, """{"type":"threads_list","params":{}}""");

        Assert.Equal("""{"data":[],"has_more":false}""", await reply.Content.ReadAsStringAsync());
    }
}
