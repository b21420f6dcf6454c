using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>The tool calls of one answer, passed on when the answer is over.</summary>
internal sealed class ChatCalls(AnswerContext context, EventSink sink, Func<int> nextIndex)
{
    private readonly ToolCallAssembler _assembler = new(context.Limits);
    private readonly ToolCallAssembler _others = new(context.Limits);
    private readonly StringBuilder _details = new();
    private readonly ToolCalls _calls = new(context, sink, nextIndex);

    public int Count => Assembled.Calls.Count;

    /// <summary>Calls of another choice, used if the first has none.</summary>
    private ToolCallAssembler Assembled => _assembler.Calls.Count > 0 ? _assembler : _others;

    /// <summary>Whether any call was passed on.</summary>
    public bool Any => _calls.Any;

    public int LeftOut => _calls.LeftOut;

    /// <summary>Whether all calls have complete arguments.</summary>
    public bool AreWhole => Assembled.Calls.TrueForAll(static call => call.Arguments.IsWhole);

    /// <summary>Takes a chunk's pieces of calls.</summary>
    /// <param name="whole">The pieces are the calls of a complete message.</param>
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

    /// <summary>Takes a chunk's pieces of calls in a choice beyond the first.</summary>
    public void AddOthers(JsonValue pieces, bool whole)
    {
        var position = 0;
        foreach (var piece in pieces.Elements)
        {
            _others.Add(piece, whole ? position++ : null);
        }
    }

    /// <summary>Keeps pieces of reasoning that have to come back with the calls.</summary>
    public void AddDetails(JsonValue pieces)
    {
        foreach (var piece in pieces.Elements)
        {
            if (_details.Length + piece.Raw.Length <= ReasoningEcho.MaxLength)
            {
                _details.Append(_details.Length > 0 ? "," : "").Append(Encoding.UTF8.GetString(piece.Raw));
            }
        }
    }

    /// <summary>Passes all calls on.</summary>
    /// <param name="thoughts">Reasoning to send back with the calls; may be empty.</param>
    public void Finish(string thoughts)
    {
        var first = Assembled.Calls.Find(static call => call.Name is not null);
        if (ReasoningEcho.ToKeep(thoughts) is { } json)
        {
            first?.Keep(ReasoningEcho.Member, json);
        }

        if (_details.Length > 0)
        {
            first?.Keep(ReasoningEcho.Details, $"[{_details}]");
        }

        foreach (var call in Assembled.Calls)
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

        _calls.LeftOut += Assembled.LeftOut;
    }
}
