using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.Tests.ChatKit.Protocol;

/// <summary>One value of every wire type, with every optional member somewhere set and somewhere absent.</summary>
internal static class WireSamples
{
    private const string Item = "msg_8beef0ca";
    private const string Thread = "thr_5ad3237a";

    private static readonly DateTime At = new DateTime(2026, 11, 23, 2, 16, 2, DateTimeKind.Utc).AddMicroseconds(326651);
    private static readonly FileAttachment Attached = new() { Id = "atc_1", Name = "a.txt", MimeType = "text/plain", ThreadId = Thread };
    private static readonly UrlSource Web = new() { Title = "E", Url = "https://e", Attribution = "E Inc.", Description = "d", Timestamp = "2026", Group = "g" };
    private static readonly SourceAnnotation Cited = new() { Source = Web, Index = 5 };
    private static readonly AssistantContent Text = new() { Text = "Hello \"é\" <&>'/\u2028\n👍", Annotations = [Cited] };
    private static readonly JsonElement Card = JsonElement.Parse("""{"type":"Card","children":[{"type":"Text","id":"t","value":"v","camelCase":{"deepKey":1}}]}""");

    private static readonly ChatThread Bare = new() { Id = Thread, CreatedAt = At, Status = ThreadStatus.Active };
    private static readonly AssistantMessageItem Answer = new() { Id = Item, ThreadId = Thread, CreatedAt = At, Content = [Text] };

    public static IReadOnlyDictionary<Type, object[]> All { get; } = new Dictionary<Type, object[]>
    {
        [typeof(ThreadEvent)] =
        [
            new ThreadCreatedEvent(Bare),
            new ThreadUpdatedEvent(Bare with
            {
                Title = "New title",
                Status = new LockedStatus("Escalated"),
                AllowedImageDomains = ["example.com"],
                Items = new Page<ThreadItem>([Answer], HasMore: true, Item),
            }),
            new ItemAddedEvent(Answer with { Content = [] }),
            new ItemUpdatedEvent(Item, new ContentTextDelta(0, "Hello")),
            new ItemDoneEvent(Answer),
            new ItemRemovedEvent(Item),
            new ItemReplacedEvent(new WidgetItem { Id = "w1", ThreadId = Thread, CreatedAt = At, Widget = Card }),
            new StreamOptionsEvent(new StreamOptions(AllowCancel: true)),
            new ProgressUpdateEvent("Searching", "search"),
            new ClientEffectEvent { Name = "open_dialog", Data = JsonElement.Parse("""{"id":7,"note":null}""") },
            new NoticeEvent("warning", "m", "t"),
            new ErrorEvent { Code = ErrorEvent.StreamError, Message = "Nope!", AllowRetry = true, Reason = "thread_busy" },
        ],
        [typeof(ThreadItem)] =
        [
            new UserMessageItem
            {
                Id = Item,
                ThreadId = Thread,
                CreatedAt = At,
                Content = [new InputText { Text = "hey" }],
                Attachments = [Attached],
                QuotedText = "",
                InferenceOptions = new InferenceOptions { Model = "m", ToolChoice = new ToolChoice("tool") },
            },
            Answer,
            new ClientToolCallItem
            {
                Id = "tc_1",
                ThreadId = Thread,
                CreatedAt = At,
                Status = "completed",
                CallId = "call_1",
                Name = "n",
                Arguments = JsonElement.Parse("""{"a":null,"Key":[null]}"""),
                Output = JsonElement.Parse("""{"b":null}"""),
            },
            new WidgetItem { Id = "w1", ThreadId = Thread, CreatedAt = At, Widget = Card, CopyText = "ct" },
            new GeneratedImageItem { Id = "gi", ThreadId = Thread, CreatedAt = At, Image = new GeneratedImage("ig_1", "data:image/png;base64,BB==") },
            new StructuredInputItem
            {
                Id = "si",
                ThreadId = Thread,
                CreatedAt = At,
                Inputs = [new FreeformInput { Id = "f", Question = "F", Answer = new StructuredAnswer { Values = ["x"] } }],
            },
            new WorkflowItem
            {
                Id = "wf",
                ThreadId = Thread,
                CreatedAt = At,
                Workflow = new Workflow { Type = "reasoning", Tasks = [new ThoughtTask { Content = "c" }], Summary = new WorkflowSummary { Duration = 2 } },
            },
            new TaskItem { Id = "tk", ThreadId = Thread, CreatedAt = At, Task = new CustomTask() },
            new EndOfTurnItem { Id = "eot", ThreadId = Thread, CreatedAt = new DateTime(2025, 1, 2, 3, 4, 5, DateTimeKind.Utc) },
            new HiddenContextItem { Id = "h", ThreadId = Thread, CreatedAt = At, Content = JsonElement.Parse("""{"a":null}""") },
            new SdkHiddenContextItem { Id = "shcx_1", ThreadId = Thread, CreatedAt = At, Content = "stopped" },
        ],
        [typeof(ItemUpdate)] =
        [
            new ContentPartAdded(0, new AssistantContent { Text = "" }),
            new ContentTextDelta(1, "Hello"),
            new ContentAnnotationAdded(0, 0, Cited),
            new ContentPartDone(0, Text),
            new WidgetTextDelta("a", "He", Done: true),
            new WidgetRootUpdated(Card),
            new WidgetComponentUpdated("c", JsonElement.Parse("""{"id":"c","type":"Text","value":"v"}""")),
            new WorkflowTaskAdded(0, new ThoughtTask { Content = "Thi" }),
            new WorkflowTaskUpdated(0, new ThoughtTask { Content = "Think" }),
            new GeneratedImageUpdated(new GeneratedImage("ig_1", "data:image/png;base64,AA=="), 0.5),
        ],
        [typeof(WorkTask)] =
        [
            new CustomTask { StatusIndicator = "loading", Title = "t", Icon = "search", Content = "c" },
            new WebSearchTask { StatusIndicator = "complete", Title = "t", TitleQuery = "q", Queries = ["q"], Sources = [Web] },
            new ThoughtTask { Title = "t", Content = "c" },
            new FileTask { Title = "t", Sources = [new FileSource { Title = "a.txt", Filename = "a.txt" }] },
            new ImageTask { Title = "t" },
        ],
        [typeof(Source)] =
        [
            Web,
            new FileSource { Title = "a.txt", Filename = "a.txt" },
            new EntitySource
            {
                Title = "Ada",
                Id = "e1",
                Icon = "user",
                Label = "l",
                InlineLabel = "il",
                Interactive = true,
                Data = JsonElement.Parse("""{"userId":null}"""),
                Preview = "lazy",
            },
        ],
        [typeof(Attachment)] =
        [
            Attached with
            {
                UploadDescriptor = new UploadDescriptor("https://ex.com/", "PUT", new Dictionary<string, string> { ["X-A"] = "b" }),
            },
            new ImageAttachment { Id = "atc_2", Name = "a.png", MimeType = "image/png", PreviewUrl = "https://ex.com/p" },
        ],
        [typeof(ThreadStatus)] = [ThreadStatus.Active, new LockedStatus("Escalated"), new ClosedStatus()],
        [typeof(UserContent)] =
        [
            new InputText { Text = "hey" },
            new InputTag { Id = "i", Text = "tt", Data = JsonElement.Parse("""{"k":null,"camelKey":1}"""), Group = "g", Interactive = true },
        ],
        [typeof(StructuredInput)] =
        [
            new MultipleChoiceInput { Id = "q", Question = "Q", Options = [new ChoiceOption("a")], Multiple = true, Answer = new StructuredAnswer { Skipped = true } },
            new FreeformInput { Id = "f", Question = "F", Description = "d" },
        ],
    };

    /// <summary>The same families with nothing optional set.</summary>
    public static IReadOnlyDictionary<string, object> Bareness { get; } = new Dictionary<string, object>
    {
        ["thread.item.done with a bare message"] = new ItemDoneEvent(new UserMessageItem { Id = Item, ThreadId = Thread, CreatedAt = At, Content = [] }),
        ["thread.item.done with a pending call"] = new ItemDoneEvent(new ClientToolCallItem
        {
            Id = "tc_1",
            ThreadId = Thread,
            CreatedAt = At,
            CallId = "call_1",
            Name = "n",
            Arguments = JsonElement.Parse("""{"a":null}"""),
        }),
        ["thread.item.added with an empty image"] = new ItemAddedEvent(new GeneratedImageItem { Id = "gi", ThreadId = Thread, CreatedAt = At }),
        ["thread.item.done with a titled workflow"] = new ItemDoneEvent(new WorkflowItem
        {
            Id = "wf",
            ThreadId = Thread,
            CreatedAt = At,
            Workflow = new Workflow { Type = "custom", Tasks = [new WebSearchTask(), new FileTask(), new ImageTask()], Summary = new WorkflowSummary { Title = "T", Icon = "bolt" }, Expanded = true },
        }),
        ["client_effect without data"] = new ClientEffectEvent { Name = "n" },
        ["error without anything"] = new ErrorEvent(),
        ["stream_options without stop"] = new StreamOptionsEvent(new StreamOptions(AllowCancel: false)),
        ["annotation without a place"] = new ItemUpdatedEvent(Item, new ContentAnnotationAdded(0, 0, new SourceAnnotation
        {
            Source = new EntitySource { Title = "Ada", Id = "e1" },
        })),
    };
}
