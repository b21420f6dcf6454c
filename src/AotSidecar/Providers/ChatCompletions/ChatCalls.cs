using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>The tool calls of one answer: announced as soon as they are known by name and id, done when the answer is.</summary>
internal sealed class ChatCalls(AnswerContext context, EventSink sink, Func<int> nextIndex)
{
    private readonly ToolCallAssembler _assembler = new(context.Limits);
    private readonly ToolCalls _calls = new(sink, context.DeclaredTools, nextIndex);

    public int Count => _assembler.Calls.Count;

    /// <summary>Whether any call is done.</summary>
    public bool Any => _calls.Any;

    /// <summary>Takes a chunk's pieces of calls.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Add(JsonValue pieces, JsonValue legacy)
    {
        var added = _assembler.AddLegacy(legacy) is not null;
        foreach (var piece in pieces.Elements)
        {
            added |= _assembler.Add(piece) is not null;
        }

        return added;
    }

    public void Announce()
    {
        foreach (var call in _assembler.Calls)
        {
            if (call.CallId is null && call.Name is { } name && call.WireId is not null && !_calls.IsWrapper(name))
            {
                Start(call, name);
            }
        }
    }

    /// <summary>Ends all calls.</summary>
    /// <param name="cutOff">The answer met a limit: half a call must not run.</param>
    /// <param name="thoughts">What the provider wants back with the calls; may be empty.</param>
    /// <returns>Whether a call was left out for that.</returns>
    public bool Finish(bool cutOff, string thoughts)
    {
        var first = _assembler.Calls.Find(call => call.Name is { } name && !_calls.IsWrapper(name));
        if (ReasoningEcho.ToKeep(thoughts) is { } json)
        {
            first?.Keep(ReasoningEcho.Member, json);
        }

        var cut = false;
        foreach (var call in _assembler.Calls)
        {
            if (cutOff && !call.IsComplete)
            {
                cut = true;
            }
            else
            {
                Finish(call);
            }
        }

        return cut;
    }

    private void Start(AssembledCall call, string name)
    {
        call.OutputIndex = nextIndex();
        call.CallId = _calls.Claim(call.WireId);
        _calls.Start(call.OutputIndex, null, call.CallId, name);
    }

    private void Finish(AssembledCall call)
    {
        if (call.Name is not { } name)
        {
            context.Logger.NamelessToolCall();
        }
        else if (_calls.IsWrapper(name))
        {
            _calls.FinishWrapper(nextIndex(), null, _calls.Claim(call.WireId), name, call.Arguments);
        }
        else
        {
            if (call.CallId is null)
            {
                Start(call, name);
            }

            var extras = call.Extras is { } json ? new CallExtras(json, context.Origin) : null;
            _calls.Finish(call.OutputIndex, null, call.CallId!, name, call.Arguments, extras);
        }
    }
}
