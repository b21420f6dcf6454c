using System.Globalization;
using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Tests.Providers;

/// <summary>Events as short lines, so that a test can say what it expects in a form one can read.</summary>
internal sealed class Transcript
{
    private readonly List<string> _lines = [];
    private readonly StringBuilder _text = new();
    private (int Output, int Part, bool Refusal) _where;
    private int _deltas;

    public List<ProviderEvent> Events { get; } = [];

    public string Lines
    {
        get
        {
            Flush();
            return string.Join('\n', _lines);
        }
    }

    public UpstreamFailure Failure => Assert.IsType<ProviderEvent.Failed>(Events[^1]).Failure;

    public IEnumerable<T> All<T>()
        where T : ProviderEvent => Events.OfType<T>();

    public string Text => string.Concat(All<ProviderEvent.MessageDone>()
        .SelectMany(done => done.Parts)
        .Select(part => part.Text));

    public void Add(ProviderEvent next)
    {
        if (next is ProviderEvent.TextDelta delta)
        {
            Assert.False(delta.Utf8.IsEmpty);
            var where = (delta.OutputIndex, delta.ContentIndex, delta.Refusal);
            if (_deltas > 0 && where != _where)
            {
                Flush();
            }

            _where = where;
            _deltas++;
            _text.Append(new UTF8Encoding(false, true).GetString(delta.Utf8.Span));
            Events.Add(delta with { Utf8 = delta.Utf8.ToArray() });
            return;
        }

        Flush();
        Events.Add(next);
        _lines.Add(Describe(next));
    }

    private void Flush()
    {
        if (_deltas > 0)
        {
            var kind = _where.Refusal ? "refusal" : "text";
            _lines.Add(Line($"{kind} {_where.Output}/{_where.Part} x{_deltas} {_text}"));
            _deltas = 0;
            _text.Clear();
        }
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);

    private static string Describe(ProviderEvent next) => next switch
    {
        ProviderEvent.TurnStarted e => Line($"started {e.Model ?? "-"}"),
        ProviderEvent.MessageStarted e => Line($"message {e.OutputIndex}"),
        ProviderEvent.AnnotationAdded e => Line($"cite {e.OutputIndex}/{e.ContentIndex} {Describe(e.Annotation)}"),
        ProviderEvent.PartDone e => Line($"part {e.OutputIndex}/{e.ContentIndex} {Describe(e.Part)}"),
        ProviderEvent.MessageDone e => Line(
            $"message-done {e.OutputIndex} parts={e.Parts.Count} phase={e.Phase ?? "-"}{(e.Incomplete ? " incomplete" : "")}"),
        ProviderEvent.ReasoningStarted e => Line($"reasoning {e.OutputIndex}"),
        ProviderEvent.ReasoningDelta e => Line($"thought {e.OutputIndex}/{e.PartIndex} {e.Text}"),
        ProviderEvent.ReasoningPartDone e => Line($"thought-done {e.OutputIndex}/{e.PartIndex} {e.Text}"),
        ProviderEvent.ReasoningDone e => Line($"reasoning-done {e.OutputIndex} {(e.Json is null ? "-" : "replayable")}"),
        ProviderEvent.ToolCallDone e => Line($"call-done {e.OutputIndex} {e.Name} {e.Arguments}"),
        ProviderEvent.HostedStarted e => Line($"hosted {e.OutputIndex} {e.Tool}"),
        ProviderEvent.HostedDone e => Line($"hosted-done {e.OutputIndex} {e.Tool} {Describe(e.Detail)}"),
        ProviderEvent.ImagePartial e => Line($"preview {e.OutputIndex} #{e.Index} {e.Url[..22]}"),
        ProviderEvent.ImageDone e => Line($"image {e.OutputIndex} {e.Url[..22]}"),
        ProviderEvent.ApprovalRequested e => Line($"approval {e.OutputIndex} {e.Server} {e.Name}"),
        ProviderEvent.Completed { Usage: { } u } e => Line(
            $"usage {u.Input}/{u.Cached}/{u.Output}/{u.Reasoning}/{u.Total}\ncompleted {e.Reason}"),
        ProviderEvent.Completed e => Line($"completed {e.Reason}"),
        ProviderEvent.Failed e => Line(
            $"failed {e.Failure.Category} {e.Failure.Code}{(e.Failure.Retryable ? " retryable" : "")}"),
        _ => throw new ArgumentOutOfRangeException(nameof(next)),
    };

    private static string Describe(MessagePart part) =>
        (part.Refusal ? "(refusal) " : "") + part.Text
        + string.Concat(part.Annotations.Select(annotation => $" [{Describe(annotation)}]"));

    private static string Describe(Annotation annotation) => annotation switch
    {
        Annotation.Url url => Line($"{url.Title} {url.Address} @{url.Index}"),
        Annotation.File file => Line($"{file.Filename} @{file.Index}"),
        _ => throw new ArgumentOutOfRangeException(nameof(annotation)),
    };

    private static string Describe(HostedDetail detail) =>
        $"({string.Join(", ", detail.Queries)}) ({string.Join(", ", detail.Sources.Select(s => s.Url ?? s.Title))}) {detail.Title}"
            .TrimEnd();
}
