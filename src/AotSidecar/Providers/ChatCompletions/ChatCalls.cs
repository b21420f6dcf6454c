using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>The tool calls of one answer, passed on when the answer is over.</summary>
internal sealed class ChatCalls(AnswerContext context, EventSink sink, Func<int> nextIndex)
{
    private readonly ToolCallAssembler _assembler = new(context.Limits);
    private readonly ToolCalls _calls = new(context, sink, nextIndex);

    public int Count => _assembler.Calls.Count;

    /// <summary>Whether any call was passed on.</summary>
    public bool Any => _calls.Any;

    public int LeftOut => _calls.LeftOut;

    /// <summary>Whether no call stops in the middle of its arguments.</summary>
    public bool AreWhole => _assembler.Calls.TrueForAll(static call => call.Arguments.IsWhole);

    /// <summary>Takes a chunk's pieces of calls.</summary>
    /// <param name="whole">They are those of a whole message.</param>
    /// <returns>Whether there were any.</returns>
    public bool Add(JsonValue pieces, JsonValue legacy, bool whole)
    {
        var added = _assembler.AddLegacy(legacy);
        var position = 0;
        foreach (var piece in pieces.Elements)
        {
            added |= _assembler.Add(piece, whole ? position++ : null);
        }

        return added;
    }

    /// <summary>Passes all calls on.</summary>
    /// <param name="thoughts">What the provider wants back with the calls; may be empty.</param>
    public void Finish(string thoughts)
    {
        if (ReasoningEcho.ToKeep(thoughts) is { } json)
        {
            _assembler.Calls.Find(static call => call.Name is not null)?.Keep(ReasoningEcho.Member, json);
        }

        foreach (var call in _assembler.Calls)
        {
            if (call.Name is { } name)
            {
                _calls.Add(nextIndex(), null, call.WireId, name, call.Arguments.Documents(), call.Extras);
            }
            else
            {
                context.Logger.NamelessToolCall();
            }
        }

        _calls.LeftOut += _assembler.LeftOut;
    }
}
