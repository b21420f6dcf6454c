using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Providers.Requests;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class ModelInputTests
{
    private readonly AttachmentStore _attachments = new(AttachmentArchive.InMemory(AotSidecar.Http.MemoryBudget.Unlimited));

    [Fact]
    public void From_AUserMessage_JoinsItsPartsAndMarksTags()
    {
        var input = From(User([new InputText { Text = "ask " }, Tag("Ada", """{"k":null}"""), new InputText { Text = "?" }]));

        Assert.Equal("ask @Ada?", Said(input[0]));
        var tags = Assert.IsType<InputItem.User>(input[1]).Parts.Cast<InputPart.Text>().Select(static part => part.Value).ToArray();
        Assert.Contains("@Ada (id tag-Ada): {\"k\":null}", tags[1]);
        Assert.Equal(2, input.Count);
    }

    [Fact]
    public void From_AUserMessageWithOneTagTwice_DescribesItOnce()
    {
        var input = From(User([Tag("Ada", "{}"), Tag("Ada", "{}"), Tag("Bob", "{}")]));

        Assert.Equal(3, Assert.IsType<InputItem.User>(input[1]).Parts.Count);
    }

    [Fact]
    public void From_AQuoteInTheLastMessage_PointsAtIt()
    {
        var quoting = User([new InputText { Text = "why?" }]) with { QuotedText = "the sky" };

        var last = From(quoting);
        var earlier = From(quoting, Assistant("because"));

        Assert.Equal(2, last.Count);
        Assert.Contains("the sky", Said(last[1]));
        Assert.DoesNotContain(earlier.OfType<InputItem.User>(), static item => Said(item).Contains("the sky"));
        Assert.Single(From(quoting with { QuotedText = "" }));
    }

    [Fact]
    public void From_Attachments_CarriesTheirContent()
    {
        var image = new ImageAttachment { Id = "i", Name = "a.png", MimeType = "image/png", PreviewUrl = "http://127.0.0.1/a" };
        var file = new FileAttachment { Id = "f", Name = "a.txt", MimeType = "text/plain" };
        var gone = new FileAttachment { Id = "gone", Name = "b.txt", MimeType = "text/plain" };
        foreach (var (attachment, content) in new (Attachment, string)[] { (image, "png"), (file, "text") })
        {
            Assert.True(_attachments.TryAdd("u", attachment));
            Assert.True(_attachments.TrySetContent(attachment.Id, attachment, Encoding.UTF8.GetBytes(content)));
        }

        var parts = Assert.IsType<InputItem.User>(Assert.Single(From(User([]) with { Attachments = [image, file, gone] }))).Parts;

        Assert.Equal("data:image/png;base64,cG5n", Assert.IsType<InputPart.Image>(parts[0]).Url);
        Assert.Equal(new InputPart.File("a.txt", "data:text/plain;base64,dGV4dA==") { IsText = true }, parts[1]);
        Assert.Contains("b.txt", Assert.IsType<InputPart.Text>(parts[2]).Value);
    }

    [Fact]
    public void From_AnAssistantMessage_IsItsTextWithPhase()
    {
        var input = new ModelInput(_attachments).From([(Assistant("a", "", "b"), new Replay { Phase = "final" })]);

        Assert.Equal(new InputItem.Assistant("a\n\nb", "final"), Assert.Single(input));
        Assert.Empty(From(Assistant("")));
    }

    [Fact]
    public void From_Reasoning_GoesBeforeTheItemItLedTo()
    {
        var replay = new Replay { Reasoning = [new ReasoningReplay("{}"u8.ToArray(), "origin")] };

        var input = new ModelInput(_attachments).From([(Assistant("a"), replay)]);

        Assert.Equal("origin", Assert.IsType<InputItem.Reasoning>(input[0]).Origin);
        Assert.IsType<InputItem.Assistant>(input[1]);
    }

    [Fact]
    public void From_ToolRuns_GivesEachCallItsOutputAndNotTheStepsAgain()
    {
        var workflow = Workflow(new CustomTask { Title = "step", Content = "done" });
        var replay = new Replay { Tools = [new ToolReplay("c1", "f", "{\"a\":1}", "out", [new ReasoningReplay("{}"u8.ToArray(), "o")])] };

        var input = new ModelInput(_attachments).From([(workflow, replay)]);

        Assert.IsType<InputItem.Reasoning>(input[0]);
        Assert.Equal(new InputItem.FunctionCall("c1", "f", "{\"a\":1}"), input[1]);
        Assert.Equal(new InputItem.FunctionOutput("c1", "out"), input[2]);
        Assert.Equal(3, input.Count);
    }

    [Fact]
    public void From_AClientToolCall_IsAPairOnceItIsCompleted()
    {
        var call = new ClientToolCallItem
        {
            Id = "tc",
            ThreadId = "t",
            CreatedAt = DateTime.UnixEpoch,
            CallId = "c",
            Name = "f",
            Arguments = JsonElement.Parse("""{"a":null}"""),
        };

        Assert.Empty(From(call));
        Assert.Equal(
            [new InputItem.FunctionCall("c", "f", """{"a":null}"""), new InputItem.FunctionOutput("c", "null")],
            From(call with { Status = "completed" }));
        Assert.Contains(
            new InputItem.FunctionOutput("c", "[1]"), From(call with { Status = "completed", Output = JsonElement.Parse("[1]") }));
    }

    [Theory]
    [InlineData("widget", "w1", "\"Card\"")]
    [InlineData("task", "step: done", "")]
    [InlineData("workflow", "step: done", "")]
    [InlineData("structured", "Colour?: red, blue", "Why?: (skipped)")]
    [InlineData("hidden text", "psst", "hidden_context")]
    [InlineData("hidden object", "{\"a\":1}", "hidden_context")]
    [InlineData("marker", "stopped", "hidden_context")]
    public void From_WhatElseTheUserSaw_IsTold(string kind, string first, string second)
    {
        var input = From(Item(kind));

        var text = Said(Assert.Single(input));
        Assert.Contains(first, text);
        Assert.Contains(second, text);
    }

    [Fact]
    public void From_AnImage_IsShownToTheModel()
    {
        var image = new GeneratedImageItem { Id = "i", ThreadId = "t", CreatedAt = DateTime.UnixEpoch, Image = new GeneratedImage("ig", "data:,x") };

        var parts = Assert.IsType<InputItem.User>(Assert.Single(From(image))).Parts;

        Assert.Equal("data:,x", Assert.IsType<InputPart.Image>(parts[1]).Url);
        Assert.Empty(From(image with { Image = null }));
    }

    [Theory]
    [InlineData("end")]
    [InlineData("thought")]
    [InlineData("empty task")]
    public void From_WhatSaysNothingToAModel_IsNothing(string kind) => Assert.Empty(From(Item(kind)));

    [Fact]
    public void From_EveryItemType_IsDecidedHere()
    {
        string[] kinds = ["widget", "task", "workflow", "structured", "hidden text", "marker", "end"];

        var covered = kinds.Select(static kind => Item(kind).GetType())
            .Concat([typeof(UserMessageItem), typeof(AssistantMessageItem), typeof(ClientToolCallItem), typeof(GeneratedImageItem)]);

        Assert.Equal(
            typeof(ThreadItem).Assembly.GetTypes().Where(static type => type.BaseType == typeof(ThreadItem)).OrderBy(static type => type.Name),
            covered.OrderBy(static type => type.Name));
    }

    private static ThreadItem Item(string kind)
    {
        var (id, at) = ("t", DateTime.UnixEpoch);
        return kind switch
        {
            "widget" => new WidgetItem { Id = "w1", ThreadId = id, CreatedAt = at, Widget = JsonElement.Parse("""{"type":"Card"}""") },
            "task" => new TaskItem { Id = "x", ThreadId = id, CreatedAt = at, Task = new CustomTask { Title = "step", Content = "done" } },
            "empty task" => new TaskItem { Id = "x", ThreadId = id, CreatedAt = at, Task = new CustomTask() },
            "workflow" => Workflow(new CustomTask { Title = "step", Content = "done" }),
            "thought" => Workflow(new ThoughtTask { Content = "hm" }),
            "structured" => new StructuredInputItem
            {
                Id = "x",
                ThreadId = id,
                CreatedAt = at,
                Status = "answered",
                Inputs =
                [
                    new MultipleChoiceInput { Id = "q", Question = "Colour?", Options = [], Answer = new StructuredAnswer { Values = ["red", "blue"] } },
                    new FreeformInput { Id = "r", Question = "Why?", Answer = new StructuredAnswer { Skipped = true } },
                ],
            },
            "hidden text" => new HiddenContextItem { Id = "x", ThreadId = id, CreatedAt = at, Content = JsonElement.Parse("\"psst\"") },
            "hidden object" => new HiddenContextItem { Id = "x", ThreadId = id, CreatedAt = at, Content = JsonElement.Parse("{\"a\":1}") },
            "marker" => new SdkHiddenContextItem { Id = "x", ThreadId = id, CreatedAt = at, Content = "stopped" },
            _ => new EndOfTurnItem { Id = "x", ThreadId = id, CreatedAt = at },
        };
    }

    private static WorkflowItem Workflow(WorkTask task) => new()
    {
        Id = "wf",
        ThreadId = "t",
        CreatedAt = DateTime.UnixEpoch,
        Workflow = new Workflow { Type = "custom", Tasks = [task] },
    };

    private static UserMessageItem User(IReadOnlyList<UserContent> content) =>
        new() { Id = "m", ThreadId = "t", CreatedAt = DateTime.UnixEpoch, Content = content };

    private static InputTag Tag(string text, string data) => new() { Id = $"tag-{text}", Text = text, Data = JsonElement.Parse(data) };

    private static AssistantMessageItem Assistant(params string[] texts) => new()
    {
        Id = "a",
        ThreadId = "t",
        CreatedAt = DateTime.UnixEpoch,
        Content = [.. texts.Select(static text => new AssistantContent { Text = text })],
    };

    private List<InputItem> From(params ThreadItem[] items) => new ModelInput(_attachments).From([.. items.Select(static item => (item, (Replay?)null))]);

    private static string Said(InputItem item) => string.Concat(((InputItem.User)item).Parts.OfType<InputPart.Text>().Select(static part => part.Value));
}
