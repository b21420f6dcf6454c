using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Providers.Requests;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Turns a thread's items, hidden ones and tool runs included, into what a model is given:
/// docs/chatkit.md#from-items-to-the-model.
/// </summary>
internal sealed class ModelInput(AttachmentStore attachments)
{
    /// <summary>
    /// Bytes of files sent with one turn, newest first. Older files are only named, so that a long conversation stays
    /// within what providers accept and memory allows.
    /// </summary>
    public const long MaxFiles = AttachmentStore.MaxFileSize + (1024 * 1024);

    /// <summary>
    /// Memory for sending the files to the model, in bytes: the files, their base64 text and the growing request body.
    /// </summary>
    public long RoomFor(IReadOnlyList<(ThreadItem Item, Replay? Replay)> history) => 4 * Sent(history).Sum(attachments.SizeOf);

    /// <param name="background">What the host adds to the last message of the user.</param>
    public List<InputItem> From(IReadOnlyList<(ThreadItem Item, Replay? Replay)> history, TurnBackground? background = null)
    {
        var asked = history.Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault();
        var sent = Sent(history);
        var input = new List<InputItem>(history.Count + 2);
        for (var i = 0; i < history.Count; i++)
        {
            var (item, replay) = history[i];
            AddTools(input, replay);
            AddReasoning(input, replay?.Reasoning ?? []);
            Add(input, item, replay, sent, isLast: i == history.Count - 1, item.Id == asked?.Id ? background : null);
        }

        return input;
    }

    /// <summary>The ids of the newest files that fit.</summary>
    private HashSet<string> Sent(IReadOnlyList<(ThreadItem Item, Replay? Replay)> history)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        var size = 0L;
        var files = history.Select(static entry => entry.Item).OfType<UserMessageItem>().SelectMany(static message => message.Attachments);
        foreach (var file in files.Reverse())
        {
            size += attachments.SizeOf(file.Id);
            if (size > MaxFiles)
            {
                break;
            }

            sent.Add(file.Id);
        }

        return sent;
    }

    public static void AddReasoning(List<InputItem> input, IReadOnlyList<ReasoningReplay> reasoning)
    {
        foreach (var one in reasoning)
        {
            input.Add(new InputItem.Reasoning(one.Json, one.Origin));
        }
    }

    private static void AddTools(List<InputItem> input, Replay? replay)
    {
        foreach (var tool in replay?.Tools ?? [])
        {
            AddReasoning(input, tool.Reasoning);
            input.Add(new InputItem.FunctionCall(tool.CallId, tool.Name, tool.Arguments) { Extras = tool.Extras });
            input.Add(new InputItem.FunctionOutput(tool.CallId, tool.Output));
        }
    }

    private void Add(List<InputItem> input, ThreadItem item, Replay? replay, HashSet<string> sent, bool isLast, TurnBackground? background)
    {
        switch (item)
        {
            case UserMessageItem message:
                AddUserMessage(input, message, sent, isLast, background ?? TurnBackground.None);
                break;
            case AssistantMessageItem message:
                var text = string.Join("\n\n", message.Content.Select(static part => part.Text).Where(static t => t.Length > 0));
                if (text.Length > 0)
                {
                    input.Add(new InputItem.Assistant(text, replay?.Phase));
                }

                break;
            case ClientToolCallItem { Status: "completed" } call:
                input.Add(new InputItem.FunctionCall(call.CallId, call.Name, call.Arguments.GetRawText()) { Extras = replay?.Extras });
                input.Add(new InputItem.FunctionOutput(call.CallId, call.Output?.GetRawText() ?? "null"));
                break;
            case WidgetItem widget:
                input.Add(Say($"The following widget (id {widget.Id}) was shown to the user:\n{widget.Widget.GetRawText()}"));
                break;
            case TaskItem { Task: CustomTask task }:
                AddTask(input, task);
                break;
            case WorkflowItem workflow:
                foreach (var task in replay is not null ? [] : workflow.Workflow.Tasks.OfType<CustomTask>())
                {
                    AddTask(input, task);
                }

                break;
            case StructuredInputItem questions:
                input.Add(Say(Describe(questions)));
                break;
            case GeneratedImageItem { Image: { } image }:
                input.Add(new InputItem.User([
                    new InputPart.Text($"The following image (id {image.Id}) was generated for the user:"), new InputPart.Image(image.Url)]));
                break;
            case HiddenContextItem hidden:
                var content = hidden.Content.ValueKind == JsonValueKind.String ? hidden.Content.GetString() : hidden.Content.GetRawText();
                input.Add(Say($"<hidden_context>\n{content}\n</hidden_context>"));
                break;
            case SdkHiddenContextItem marker:
                input.Add(Say($"<hidden_context>\n{marker.Content}\n</hidden_context>"));
                break;
        }
    }

    /// <summary>With tags as <c>@name</c>. Usually it is one text, which may be large.</summary>
    public static string TextOf(UserMessageItem message) =>
        string.Concat(message.Content.SelectMany(static part => part is InputTag ? ["@", part.Text] : (string[])[part.Text]));

    private void AddUserMessage(
        List<InputItem> input, UserMessageItem message, HashSet<string> sent, bool isLast, TurnBackground background)
    {
        var text = TextOf(message);
        var parts = new List<InputPart>();
        if (text.Length > 0)
        {
            parts.Add(new InputPart.Text(text));
        }

        parts.AddRange(message.Attachments.Select(attachment => ToPart(attachment, sent)));
        input.Add(new InputItem.User(parts));
        if (isLast && message.QuotedText is { Length: > 0 } quoted)
        {
            input.Add(Say($"The user is referring to this text in particular:\n{quoted}"));
        }

        var tags = message.Content.OfType<InputTag>().DistinctBy(static tag => tag.Text).ToArray();
        if (tags.Length > 0)
        {
            input.Add(new InputItem.User([
                new InputPart.Text("The message above mentions these, as @name:"),
                .. tags.Select(tag => new InputPart.Text(
                    $"@{tag.Text} (id {tag.Id}): {background.Tags.GetValueOrDefault(tag.Id) ?? tag.Data.GetRawText()}"))]));
        }

        if (!string.IsNullOrWhiteSpace(background.Text))
        {
            input.Add(Say($"<context>\n{background.Text}\n</context>"));
        }
    }

    private InputPart ToPart(Attachment attachment, HashSet<string> sent) =>
        !sent.Contains(attachment.Id)
            ? new InputPart.Text($"[the file {attachment.Name} was sent earlier and is too large to be sent again]")
            : attachments.ReadContent(attachment.Id) is not { } content
            ? new InputPart.Text($"[the file {attachment.Name} is no longer there]")
            : attachment is ImageAttachment
                ? new InputPart.Image(DataUrl.From(attachment.MimeType, content.Span)) { Name = attachment.Name }
                : TextFile.Read(attachment.Name, attachment.MimeType, content) is { } text
                ? new InputPart.File(attachment.Name, DataUrl.From(TextFile.TypeOf(attachment.MimeType), text.Span)) { IsText = true }
                : new InputPart.File(attachment.Name, DataUrl.From(attachment.MimeType, content.Span));

    private static void AddTask(List<InputItem> input, CustomTask task)
    {
        var text = string.Join(": ", new[] { task.Title, task.Content }.Where(static t => !string.IsNullOrEmpty(t)));
        if (text.Length > 0)
        {
            input.Add(Say($"A step was shown to the user as done: {text}"));
        }
    }

    private static string Describe(StructuredInputItem item)
    {
        var text = new StringBuilder($"The user was asked the following questions ({item.Status}):\n");
        foreach (var input in item.Inputs)
        {
            var answer = input.Answer is null ? "(unanswered)"
                : input.Answer.Skipped ? "(skipped)"
                : string.Join(", ", input.Answer.Values);
            text.Append("- ").Append(input.Question).Append(": ").Append(answer).Append('\n');
        }

        return text.ToString();
    }

    private static InputItem.User Say(string text) => new([new InputPart.Text(text)]);
}
