using System.Text;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Puts tool calls together from their pieces. The dialect says that <c>index</c> tells calls apart; in the field it is
/// missing, always zero, or shared, ids are missing, repeated or shared, and names come late or empty. So a piece belongs
/// to the last call of its index, or without one to the call of its id, unless it contradicts what that call already has.
/// </summary>
internal sealed class ToolCallAssembler(StreamLimits limits)
{
    /// <summary>More calls in one answer are no answer.</summary>
    private const int MaxCalls = 512;

    /// <summary>In order of appearance.</summary>
    public List<AssembledCall> Calls { get; } = [];

    public AssembledCall? Add(JsonValue piece)
    {
        if (!piece.IsObject)
        {
            return null;
        }

        var function = piece["function"u8];
        var arguments = function["arguments"u8];
        var id = piece["id"u8].TextOrNullIfEmpty;
        var name = function["name"u8].TextOrNullIfEmpty;
        var call = piece["index"u8].Integer is { } index
            ? ByIndex(index, id, name, arguments.HasText || arguments.IsObject)
            : ByOrder(id, name);
        call.Merge(piece, id, name, arguments);
        return call;
    }

    /// <summary>The legacy form, which has one call and no id.</summary>
    public AssembledCall? AddLegacy(JsonValue function)
    {
        if (!function.IsObject)
        {
            return null;
        }

        var call = Calls.Find(known => known.WireIndex == 0) ?? Create(0);
        call.Merge(default, null, function["name"u8].TextOrNullIfEmpty, function["arguments"u8]);
        return call;
    }

    private AssembledCall ByIndex(int index, string? id, string? name, bool hasArguments)
    {
        var call = Calls.FindLast(known => known.WireIndex == index);
        var sameId = id is null ? null : Calls.Find(known => known.WireId == id);
        if (call is null)
        {
            return name is null && sameId is not null ? sameId : Create(index);
        }

        if (id is not null && call.WireId is not null && id != call.WireId)
        {
            return sameId ?? Create(index);
        }

        var nextWithoutId = id is null && name is not null && call.Name is not null
            && (hasArguments || name != call.Name) && call.IsComplete;
        return nextWithoutId ? Create(index) : call;
    }

    private AssembledCall ByOrder(string? id, string? name)
    {
        if (id is not null)
        {
            var call = Calls.FindLast(known => known.WireId == id);
            return call is not null && (name is null || !call.IsComplete) ? call : Create(null);
        }

        var last = Calls.Count > 0 ? Calls[^1] : null;
        return last is null || (name is not null && (name != last.Name || last.IsComplete)) ? Create(null) : last;
    }

    private AssembledCall Create(int? index)
    {
        if (Calls.Count == MaxCalls)
        {
            throw new UpstreamException(UpstreamFailures.TooLarge);
        }

        var call = new AssembledCall(index, limits.Arguments);
        Calls.Add(call);
        return call;
    }
}

/// <summary>One call on its way.</summary>
internal sealed class AssembledCall(int? wireIndex, int limit)
{
    private TextBuffer _arguments = new(limit);
    private List<KeyValuePair<string, string>>? _extras;

    public int? WireIndex { get; } = wireIndex;

    public string? WireId { get; private set; }

    public string? Name { get; private set; }

    /// <summary>Set when the call has been announced.</summary>
    public string? CallId { get; set; }

    public int OutputIndex { get; set; } = -1;

    public string Arguments => _arguments.ToString();

    /// <summary>Whether the arguments are a whole object, so that more pieces cannot belong here.</summary>
    public bool IsComplete =>
        _arguments.Span.TrimEnd(" \r\n\t"u8).EndsWith("}"u8) && JsonValue.TryParse(_arguments.Span, out _);

    /// <summary>A JSON object of the members that only the provider understands, or null.</summary>
    public byte[]? Extras => _extras is null
        ? null
        : Encoding.UTF8.GetBytes("{" + string.Join(",", _extras.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}");

    /// <summary>Adds a member to <see cref="Extras"/>.</summary>
    /// <param name="json">Its value.</param>
    public void Keep(string name, string json)
    {
        _extras ??= [];
        _extras.RemoveAll(pair => pair.Key == name);
        _extras.Add(new(name, json));
    }

    public void Merge(JsonValue piece, string? id, string? name, JsonValue arguments)
    {
        WireId ??= id;
        Name = name ?? Name;
        if (arguments.IsObject)
        {
            _arguments = new TextBuffer(limit);
            _arguments.AppendPlain(arguments.Raw);
        }
        else
        {
            _arguments.Append(arguments);
        }

        foreach (var member in piece.Members)
        {
            var known = member.Name.SequenceEqual("id"u8) || member.Name.SequenceEqual("index"u8)
                || member.Name.SequenceEqual("type"u8) || member.Name.SequenceEqual("function"u8);
            if (!known && member.Value.IsPresent)
            {
                Keep(Encoding.UTF8.GetString(member.Name), Encoding.UTF8.GetString(member.Value.Raw));
            }
        }
    }
}
