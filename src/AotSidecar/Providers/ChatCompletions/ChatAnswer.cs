using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// The thoughts and the message of an answer. The dialect has no items, so each gets an index when it first appears;
/// thoughts end where anything else begins.
/// </summary>
internal sealed class ChatAnswer(AnswerContext context, EventSink sink, Func<int> nextIndex)
{
    /// <summary>Content index of a refusal; text has 0.</summary>
    private const int RefusalPart = 1;

    private readonly StringBuilder _echo = new();
    private ThinkTags? _tags = new(context.Limits);
    private TurnReasoning? _reasoning;
    private TurnMessage? _message;
    private bool _wantsEcho;

    public bool HasMessage => _message is not null;

    /// <summary>Whether there is a message with any text.</summary>
    public bool IsShown => _message is { Started: true };

    /// <summary>The finished thoughts, if their provider wants them back.</summary>
    public string Echo => _echo.ToString();

    /// <summary>Text that may contain <c>&lt;think&gt;</c> tags.</summary>
    public void AddText(JsonValue text)
    {
        if (_tags is null)
        {
            AddAnswer(text);
            return;
        }

        _tags.Append(text);
        TakeFrom(_tags, ended: false);
        _tags = _tags.Passed ? null : _tags;
    }

    /// <summary>Takes the complete text and adds what has not come yet.</summary>
    public void CompleteText(JsonValue text)
    {
        EndTags();
        EndThoughts();
        Message().Extend(0, text);
    }

    /// <summary>Text that the provider marks as reasoning.</summary>
    public void AddThoughts(JsonValue text, bool wantsEcho)
    {
        if (text.HasText)
        {
            // Servers that separate thoughts from text leave no tags.
            EndTags();
            _wantsEcho |= wantsEcho;
            Think(text);
        }
    }

    public void AddRefusal(JsonValue text)
    {
        EndThoughts();
        Message().Append(RefusalPart, refusal: true, text);
    }

    public void Annotate(JsonValue annotation) => Message().Annotate(0, annotation);

    /// <summary>Flushes text that was held back.</summary>
    public void EndTags()
    {
        if (_tags is { } tags)
        {
            _tags = null;
            TakeFrom(tags, ended: true);
        }
    }

    public void EndThoughts()
    {
        if (_reasoning is { } reasoning)
        {
            _reasoning = null;
            reasoning.Close();
            _echo.Append(_wantsEcho ? reasoning.Text : "");
        }
    }

    public void Close(bool incomplete)
    {
        EndTags();
        EndThoughts();
        _message?.Close(incomplete);
    }

    private void TakeFrom(ThinkTags tags, bool ended)
    {
        while (tags.TryTake(ended, out var thought, out var piece))
        {
            if (thought)
            {
                Think(JsonValue.OfText(piece));
            }
            else
            {
                AddAnswer(JsonValue.OfText(piece));
            }
        }
    }

    private void AddAnswer(JsonValue text)
    {
        EndThoughts();
        Message().Append(0, refusal: false, text);
    }

    private void Think(JsonValue text)
    {
        if (_reasoning is null)
        {
            _reasoning = new TurnReasoning(nextIndex(), sink, context.Origin, context.Limits);
            _reasoning.Start();
        }

        _reasoning.Append(0, raw: true, text);
    }

    private TurnMessage Message() => _message ??= new TurnMessage(nextIndex(), itemId: null, sink, context.Limits);
}
