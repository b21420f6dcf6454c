using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Tools;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Maps one provider response to thread events (docs/chatkit.md#from-provider-events-to-thread-events): refusals
/// stream, every thought streams, searches become tasks, annotations survive to the final item, an incomplete answer is
/// kept. Messages are announced with their first text, so that a provider's empty ones never show.
/// </summary>
internal sealed class ProviderEventMapper(TurnPipeline pipeline, WorkflowWriter workflow, AnswerRoom room)
{
    private readonly Dictionary<int, OpenMessage> _messages = [];
    private readonly Dictionary<(int Workflow, int Output, int Part), int> _thoughts = [];
    private readonly Dictionary<(int Workflow, int Output), int> _hosted = [];
    private readonly Dictionary<int, string> _images = [];
    private readonly List<ReasoningReplay> _reasoning = [];
    private OpenMessage? _current;

    /// <summary>Tool calls of the answer, in order.</summary>
    public List<ToolCall> Calls { get; } = [];

    /// <summary>Messages before or between the calls, to be sent back with the calls' results.</summary>
    public List<(string Text, Replay Replay)> Said { get; } = [];

    /// <summary>How many calls there were beyond <see cref="Calls"/>.</summary>
    public int CallsLeftOut { get; private set; }

    public bool ShowedAnything { get; private set; }

    public CompletionReason? Completed { get; private set; }

    public UpstreamFailure? Failure { get; private set; }

    public void Map(ProviderEvent providerEvent)
    {
        switch (providerEvent)
        {
            case ProviderEvent.TextDelta delta:
                MapDelta(delta);
                break;
            case ProviderEvent.MessageStarted started:
                _messages[started.OutputIndex] = new OpenMessage(started.ItemId);
                break;
            case ProviderEvent.AnnotationAdded added:
                MapAnnotation(added);
                break;
            case ProviderEvent.PartDone done:
                MapPartDone(done);
                break;
            case ProviderEvent.MessageDone done:
                MapMessageDone(done);
                break;
            case ProviderEvent.ReasoningStarted:
                workflow.BeginReasoning();
                break;
            case ProviderEvent.ReasoningDelta delta:
                room.Grow(delta.Text.Length);
                MapThought(delta.OutputIndex, delta.PartIndex, delta.Text, done: false);
                break;
            case ProviderEvent.ReasoningPartDone done:
                MapThought(done.OutputIndex, done.PartIndex, done.Text, done: true);
                break;
            case ProviderEvent.ReasoningDone { Json: { } json, Origin: var origin }:
                _reasoning.Add(new ReasoningReplay(json, origin));
                break;
            case ProviderEvent.HostedStarted started:
                MapHostedStarted(started);
                break;
            case ProviderEvent.HostedDone done:
                MapHostedDone(done);
                break;
            case ProviderEvent.ImagePartial partial:
                pipeline.Emit(new ItemUpdatedEvent(ImageId(partial.OutputIndex), new GeneratedImageUpdated(
                    new GeneratedImage(partial.ItemId ?? ImageId(partial.OutputIndex), partial.Url), Progress: 0)));
                break;
            case ProviderEvent.ImageDone done:
                MapImageDone(done);
                break;
            case ProviderEvent.ToolCallDone done:
                room.Grow(done.Arguments.Length);
                Calls.Add(new ToolCall(done.ItemId, done.CallId, done.Name, done.Arguments, TakeReasoning(), done.Extras));
                break;
            case ProviderEvent.ApprovalRequested:
                pipeline.Emit(new NoticeEvent("warning", "A remote tool asked for approval, which is not offered here; it was not run."));
                break;
            case ProviderEvent.Completed completed:
                Completed = completed.Reason;
                CallsLeftOut = completed.CallsLeftOut;
                break;
            case ProviderEvent.Failed failed:
                Failure = failed.Failure;
                break;
        }
    }

    private void MapDelta(ProviderEvent.TextDelta delta)
    {
        var message = _current is { } current && current.OutputIndex == delta.OutputIndex
            ? current
            : _current = Open(delta.OutputIndex);
        room.Grow(delta.Utf8.Length);
        pipeline.Delta(Part(message, delta.ContentIndex), delta.Utf8.Span);
    }

    private void MapAnnotation(ProviderEvent.AnnotationAdded added)
    {
        if (Convert(added.Annotation) is not { } annotation)
        {
            return;
        }

        // Numbered by us, so that a dropped annotation leaves no gap.
        var message = Open(added.OutputIndex);
        var part = Part(message, added.ContentIndex);
        var at = part.AnnotationCount;
        part.Annotate(at, annotation);
        pipeline.Stream.Write(new ItemUpdatedEvent(message.Draft!.Id, new ContentAnnotationAdded(part.Index, at, annotation)));
    }

    private void MapPartDone(ProviderEvent.PartDone done)
    {
        if (done.Part.Text.Length > 0 || _messages.GetValueOrDefault(done.OutputIndex)?.Draft is not null)
        {
            var message = Open(done.OutputIndex);
            var part = Part(message, done.ContentIndex);
            var content = Convert(done.Part);
            part.Set(content);
            pipeline.Stream.Write(new ItemUpdatedEvent(message.Draft!.Id, new ContentPartDone(part.Index, content)));
        }
    }

    private void MapMessageDone(ProviderEvent.MessageDone done)
    {
        if (done.Parts.All(static part => part.Text.Length == 0) && _messages.GetValueOrDefault(done.OutputIndex)?.Draft is null)
        {
            return;
        }

        var message = Open(done.OutputIndex);
        var item = message.Draft!.ToItem() with { Content = [.. done.Parts.Select(Convert)] };
        var replay = new Replay { Phase = done.Phase, Reasoning = TakeReasoning() };
        pipeline.Emit(new ItemDoneEvent(item), replay);
        Said.Add((string.Concat(item.Content.Select(static part => part.Text)), replay));
        _messages.Remove(done.OutputIndex);
        _current = null;
    }

    private void MapThought(int output, int part, string text, bool done)
    {
        workflow.BeginReasoning();
        var key = (workflow.Count, output, part);
        if (!_thoughts.TryGetValue(key, out var index))
        {
            if (text.Length > 0)
            {
                _thoughts[key] = workflow.Add(new ThoughtTask { Content = text });
            }
        }
        else if (done)
        {
            workflow.Update(index, new ThoughtTask { Content = text });
        }
        else
        {
            workflow.Grow(index, text);
        }
    }

    private void MapHostedStarted(ProviderEvent.HostedStarted started)
    {
        switch (started.Tool)
        {
            case HostedTool.WebSearch:
                AddHosted(started, new WebSearchTask { StatusIndicator = "loading" });
                break;
            case HostedTool.FileSearch:
                AddHosted(started, new FileTask { StatusIndicator = "loading" });
                break;
            case HostedTool.ImageGeneration:
                ImageId(started.OutputIndex);
                break;
            case HostedTool.CodeInterpreter:
                AddHosted(started, new CustomTask { StatusIndicator = "loading", Title = "Running code", Icon = "square-code" });
                break;
            case HostedTool.Mcp:
                AddHosted(started, new CustomTask { StatusIndicator = "loading", Title = "Calling a remote tool", Icon = "globe" });
                break;
        }
    }

    private void AddHosted(ProviderEvent.HostedStarted started, WorkTask task)
    {
        var index = workflow.Add(task);
        _hosted[(workflow.Count, started.OutputIndex)] = index;
    }

    private void MapHostedDone(ProviderEvent.HostedDone done)
    {
        if (done.Tool == HostedTool.ImageGeneration && _images.Remove(done.OutputIndex, out var imageId))
        {
            pipeline.Emit(new ItemRemovedEvent(imageId));
        }

        if (!_hosted.Remove((workflow.Count, done.OutputIndex), out var index) || !workflow.IsOpen)
        {
            return;
        }

        var detail = done.Detail;
        var status = detail.Failed ? "none" : "complete";
        workflow.Update(index, done.Tool switch
        {
            HostedTool.WebSearch => new WebSearchTask
            {
                StatusIndicator = status,
                Title = detail.Title,
                TitleQuery = detail.Queries is [var first, ..] ? first : null,
                Queries = detail.Queries,
                Sources = [.. detail.Sources.Where(static s => s.Url is not null).Select(static s => new UrlSource { Title = s.Title, Url = s.Url! })],
            },
            HostedTool.FileSearch => new FileTask
            {
                StatusIndicator = status,
                Title = detail.Title,
                Sources = [.. detail.Sources.Select(static s => new FileSource { Title = s.Title, Filename = s.Title })],
            },
            _ => ((CustomTask)workflow[index]) with
            {
                StatusIndicator = status,
                Title = detail.Title ?? (done.Tool == HostedTool.CodeInterpreter ? "Ran code" : "Called a remote tool"),
                Content = detail.Failed ? "failed" : null,
            },
        });
    }

    private string ImageId(int outputIndex)
    {
        if (!_images.TryGetValue(outputIndex, out var id))
        {
            workflow.Close();
            ShowedAnything = true;
            id = _images[outputIndex] = pipeline.ChooseId(null, ItemIds.Message);
            pipeline.Emit(new ItemAddedEvent(new GeneratedImageItem { Id = id, ThreadId = pipeline.Thread.Id, CreatedAt = pipeline.Now() }));
        }

        return id;
    }

    private void MapImageDone(ProviderEvent.ImageDone done)
    {
        var id = ImageId(done.OutputIndex);
        _images.Remove(done.OutputIndex);
        pipeline.Emit(new ItemDoneEvent(new GeneratedImageItem
        {
            Id = id,
            ThreadId = pipeline.Thread.Id,
            CreatedAt = pipeline.Now(),
            Image = new GeneratedImage(done.ItemId ?? id, done.Url),
        }));
    }

    private OpenMessage Open(int outputIndex)
    {
        if (!_messages.TryGetValue(outputIndex, out var message))
        {
            message = _messages[outputIndex] = new OpenMessage(null);
        }

        if (message.Draft is null)
        {
            workflow.Close();
            ShowedAnything = true;
            message.OutputIndex = outputIndex;
            message.Draft = pipeline.BeginMessage(pipeline.ChooseId(message.ProviderId, ItemIds.Message));
        }

        return message;
    }

    /// <summary>Announces a part before its first delta. Our numbering has no gaps, whatever the provider's.</summary>
    private AssistantDraft.Part Part(OpenMessage message, int contentIndex)
    {
        if (message.LastPart is { } last && message.LastContentIndex == contentIndex)
        {
            return last;
        }

        if (!message.Parts.TryGetValue(contentIndex, out var part))
        {
            part = message.Parts[contentIndex] = message.Draft!.AddPart();
            pipeline.Stream.Write(new ItemUpdatedEvent(message.Draft.Id, new ContentPartAdded(part.Index, new AssistantContent { Text = "" })));
        }

        (message.LastContentIndex, message.LastPart) = (contentIndex, part);
        return part;
    }

    private List<ReasoningReplay> TakeReasoning()
    {
        var taken = _reasoning.ToList();
        _reasoning.Clear();
        return taken;
    }

    private static AssistantContent Convert(MessagePart part) => new()
    {
        Text = part.Text,
        Annotations = [.. part.Annotations.Select(Convert).OfType<SourceAnnotation>()],
    };

    private static SourceAnnotation? Convert(Annotation annotation) => annotation switch
    {
        Annotation.Url { Address.Length: > 0 } url => new SourceAnnotation
        {
            Source = new UrlSource { Title = url.Title, Url = url.Address },
            Index = url.Index,
        },
        Annotation.File { Filename.Length: > 0 } file => new SourceAnnotation
        {
            Source = new FileSource { Title = file.Filename, Filename = file.Filename },
            Index = file.Index,
        },
        _ => null,
    };

    private sealed class OpenMessage(string? providerId)
    {
        public string? ProviderId { get; } = providerId;

        public int OutputIndex { get; set; }

        public AssistantDraft? Draft { get; set; }

        public Dictionary<int, AssistantDraft.Part> Parts { get; } = [];

        public int LastContentIndex { get; set; }

        public AssistantDraft.Part? LastPart { get; set; }
    }
}
