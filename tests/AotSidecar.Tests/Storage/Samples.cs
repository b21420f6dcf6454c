using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.Tests.Storage;

internal static class Samples
{
    private static readonly DateTime Created = new DateTime(2026, 5, 1, 8, 0, 0, DateTimeKind.Utc).AddMicroseconds(123_456);

    public static UserMessageItem Message(StoredThread thread, string text, string? id = null) => new()
    {
        Id = id ?? ItemIds.Create(ItemIds.Message),
        ThreadId = thread.Id,
        CreatedAt = Created,
        Content = [new InputText { Text = text }],
    };

    public static AssistantMessageItem Answer(StoredThread thread, string text) => new()
    {
        Id = ItemIds.Create(ItemIds.Message),
        ThreadId = thread.Id,
        CreatedAt = Created,
        Content = [new AssistantContent { Text = text }],
    };

    public static Replay Replay { get; } = new()
    {
        Phase = "final_answer",
        Reasoning = [new ReasoningReplay([0, 1, 127, 128, 255], "openai gpt")],
        Tools = [new ToolReplay("call_1", "read_file", """{"path":"a.txt"}""", "text \u0000 ✓ 😀", [new ReasoningReplay("{}"u8.ToArray(), "openai gpt")])],
    };

    /// <summary>One of every kind, with all members set.</summary>
    public static IReadOnlyList<ThreadItem> OfEveryKind(string threadId)
    {
        var json = JsonElement.Parse("""{"a":null,"b":[1,2.50,1e3,true,"\u0000 \" \\ ✓ 😀"],"c":{}}"""u8);
        var source = new UrlSource { Title = "t", Description = "d", Timestamp = "2026", Group = "g", Url = "https://a/", Attribution = "x" };
        return
        [
            new UserMessageItem
            {
                Id = "u1", ThreadId = threadId, CreatedAt = Created, QuotedText = "quoted \u2028 \" 😀",
                Content = [new InputText { Text = "hi" }, new InputTag { Text = "tag", Id = "t1", Data = json, Group = "g", Interactive = true }],
                Attachments =
                [
                    new FileAttachment { Id = "f1", Name = "a.txt", MimeType = "text/plain", ThreadId = threadId },
                    new ImageAttachment
                    {
                        Id = "i1", Name = "a.png", MimeType = "image/png", PreviewUrl = "data:image/png;base64,AA==",
                        UploadDescriptor = new UploadDescriptor("http://a/", "PUT", new Dictionary<string, string> { ["X-Case"] = "Kept" }),
                    },
                ],
                InferenceOptions = new InferenceOptions { Model = "m", ToolChoice = new ToolChoice("tool") },
            },
            new AssistantMessageItem
            {
                Id = "a1", ThreadId = threadId, CreatedAt = Created,
                Content =
                [
                    new AssistantContent
                    {
                        Text = "# Answer\n\t\"quoted\" \\ \u0001 ✓ 😀",
                        Annotations =
                        [
                            new SourceAnnotation { Source = source, Index = 3 },
                            new SourceAnnotation { Source = new FileSource { Title = "f", Filename = "f.txt" } },
                            new SourceAnnotation { Source = new EntitySource { Title = "e", Id = "e1", Icon = "i", Label = "l", InlineLabel = "il", Interactive = true, Data = json, Preview = "lazy" } },
                        ],
                    },
                    new AssistantContent { Text = "" },
                ],
            },
            new ClientToolCallItem { Id = "c1", ThreadId = threadId, CreatedAt = Created, Status = "completed", CallId = "call", Name = "n", Arguments = json, Output = json },
            new ClientToolCallItem { Id = "c2", ThreadId = threadId, CreatedAt = Created, CallId = "call", Name = "n", Arguments = json },
            new WidgetItem { Id = "w1", ThreadId = threadId, CreatedAt = Created, Widget = Nested(60), CopyText = "copy" },
            new GeneratedImageItem { Id = "g1", ThreadId = threadId, CreatedAt = Created, Image = new GeneratedImage("img", "data:image/png;base64,AA==") },
            new GeneratedImageItem { Id = "g2", ThreadId = threadId, CreatedAt = Created },
            new StructuredInputItem
            {
                Id = "s1", ThreadId = threadId, CreatedAt = Created, Status = "answered",
                Inputs =
                [
                    new MultipleChoiceInput { Id = "q1", Question = "?", Options = [new ChoiceOption("a"), new ChoiceOption("b")], Multiple = true, Answer = new StructuredAnswer { Values = ["a"] } },
                    new FreeformInput { Id = "q2", Question = "??", Description = "d", Answer = new StructuredAnswer { Skipped = true } },
                ],
            },
            new WorkflowItem
            {
                Id = "wf1", ThreadId = threadId, CreatedAt = Created,
                Workflow = new Workflow
                {
                    Type = "custom", Expanded = true, Summary = new WorkflowSummary { Title = "t", Icon = "i", Duration = 7 },
                    Tasks =
                    [
                        new CustomTask { StatusIndicator = "complete", Title = "t", Icon = "i", Content = "c" },
                        new WebSearchTask { Title = "t", TitleQuery = "q", Queries = ["q"], Sources = [source] },
                        new ThoughtTask { Title = "t", Content = "c" },
                        new FileTask { Title = "t", Sources = [source] },
                        new ImageTask { Title = "t" },
                    ],
                },
            },
            new TaskItem { Id = "t1", ThreadId = threadId, CreatedAt = Created, Task = new CustomTask { Title = "t" } },
            new EndOfTurnItem { Id = "e1", ThreadId = threadId, CreatedAt = Created },
            new HiddenContextItem { Id = "h1", ThreadId = threadId, CreatedAt = Created, Content = json },
            new SdkHiddenContextItem { Id = "sh1", ThreadId = threadId, CreatedAt = Created, Content = "hidden" },
        ];
    }

    /// <summary>As deep as a request may be.</summary>
    private static JsonElement Nested(int depth) =>
        JsonElement.Parse(System.Text.Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat("""{"children":[""", depth / 2)) + "1" + string.Concat(Enumerable.Repeat("]}", depth / 2))));
}
