using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.ChatKit;

public sealed class StructuredInputTests : IAsyncLifetime
{
    private ChatHost _host = null!;
    private StoredThread _thread = null!;

    public async Task InitializeAsync()
    {
        _host = await ChatHost.StartAsync();
        _thread = _host.NewThread();
        _thread.Upsert(new StructuredInputItem
        {
            Id = "si",
            ThreadId = _thread.Id,
            CreatedAt = _thread.CreatedAt,
            Inputs =
            [
                new MultipleChoiceInput { Id = "q", Question = "Colour?", Options = [new ChoiceOption("red")] },
                new FreeformInput { Id = "f", Question = "Why?" },
            ],
        });
        _thread.Upsert(new AssistantMessageItem { Id = "m", ThreadId = _thread.Id, CreatedAt = _thread.CreatedAt, Content = [] });
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Case53_Answers_ReplaceTheQuestionsAndResumeTheModel()
    {
        _host.Model.Plan(Says.Text("I see"));

        var stream = await _host.StreamAsync(Submit("si", """{"answers":{"q":{"values":["mine"]},"f":{"values":["so"]}}}"""));

        Assert.Equal(["stream_options", "thread.item.replaced:structured_input", "thread.item.added:assistant_message"], stream.Outline[..3]);
        var item = stream.Items("thread.item.replaced").Single();
        Assert.Equal("answered", (string?)item["status"]);
        Assert.Equal("""{"values":["mine"],"skipped":false}""", item["inputs"]![0]!["answer"]!.ToJsonString());
        Assert.Equal("answered", ((StructuredInputItem)_thread.History()[0].Item).Status);
        Assert.Contains("Colour?: mine", string.Concat(_host.Model.Requests[0].Input.OfType<AotSidecar.Providers.Requests.InputItem.User>()
            .SelectMany(static one => one.Parts).OfType<AotSidecar.Providers.Requests.InputPart.Text>().Select(static part => part.Value)));
    }

    [Theory]
    [InlineData("si", true)]
    [InlineData("m", false)]
    [InlineData("gone", false)]
    public async Task Case58_ASecondSubmissionOrAnotherItem_ChangesNothing(string itemId, bool answerFirst)
    {
        if (answerFirst)
        {
            _host.Model.Plan(Says.Text("ok"));
            await _host.StreamAsync(Submit("si", """{"status":"skipped"}"""));
        }

        var before = _thread.History().ToArray();
        var stream = await _host.StreamAsync(Submit(itemId, """{"answers":{"q":{"values":["late"]}}}"""));

        Assert.Equal(["error"], stream.Types);
        Assert.Equal(itemId == "gone" ? "item_not_found" : "input_not_pending", stream.Reason);
        Assert.Equal(before, _thread.History());
    }

    private string Submit(string itemId, string input) =>
        Body.Op("threads.add_structured_input", $"\"thread_id\":\"{_thread.Id}\",\"item_id\":\"{itemId}\",\"input\":{input}");
}
