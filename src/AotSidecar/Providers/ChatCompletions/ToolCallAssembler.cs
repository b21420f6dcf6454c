using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Finds the call that a piece belongs to. By the specification <c>index</c> identifies it; in practice the index may
/// be missing, always 0 or shared, ids missing, repeated or shared, and names late or empty. So a piece belongs to the
/// last call of its index, else to the call of its id, else to the last call, unless it names another function than
/// that call. Pieces that turn out to be several calls are split by <see cref="CallArguments"/>.
/// </summary>
internal sealed class ToolCallAssembler(StreamLimits limits)
{
    private readonly Dictionary<int, AssembledCall> _byIndex = [];
    private readonly Dictionary<string, AssembledCall> _byId = new(StringComparer.Ordinal);
    private AssembledCall? _last;

    /// <summary>In order of appearance; at most <see cref="ToolCalls.Max"/>.</summary>
    public List<AssembledCall> Calls { get; } = [];

    /// <summary>How many calls there were beyond the limit.</summary>
    public int LeftOut { get; private set; }

    /// <param name="position">
    /// Position of the call in a whole message, which repeats the pieces; null for a piece.
    /// </param>
    /// <returns>Whether it was a call.</returns>
    public bool Add(JsonValue piece, int? position = null)
    {
        if (!piece.IsObject)
        {
            return false;
        }

        var function = piece["function"u8];
        var id = piece["id"u8].TextOrNullIfEmpty;
        var name = function["name"u8].TextOrNullIfEmpty;
        _last = piece["index"u8].Integer is { } index ? ByIndex(index, id, name)
            : id is not null ? ById(id, name, position)
            : position is { } at ? ByPosition(at, name)
            : ByOrder(name);
        _last?.Merge(piece, id, name, function["arguments"u8], position is not null);
        if (id is not null && _last is not null)
        {
            _byId.TryAdd(id, _last);
        }

        return true;
    }

    /// <summary>The legacy <c>function_call</c>: one call, without an id.</summary>
    public bool AddLegacy(JsonValue function)
    {
        if (function.IsObject)
        {
            _last = _byIndex.GetValueOrDefault(0) ?? Create(0);
            _last?.Merge(default, null, function["name"u8].TextOrNullIfEmpty, function["arguments"u8], whole: false);
        }

        return function.IsObject;
    }

    private AssembledCall? ByIndex(int index, string? id, string? name)
    {
        var sameId = id is null ? null : _byId.GetValueOrDefault(id);
        if (!_byIndex.TryGetValue(index, out var call))
        {
            return sameId is not null && (name is null || LeftOut > 0) ? sameId : Create(index);
        }

        if (id is not null && call.WireId is not null && id != call.WireId)
        {
            // some servers make up a new id for each piece
            var continues = name is null && !call.Arguments.IsWhole;
            return sameId ?? (continues ? call : Create(index));
        }

        return call.IsAnother(name) ? Create(index) : call;
    }

    private AssembledCall? ById(string id, string? name, int? position) =>
        _byId.TryGetValue(id, out var call) && !call.IsAnother(name) ? call
        : position is { } at && at < Calls.Count && Calls[at].WireId is null && !Calls[at].IsAnother(name) ? Calls[at]
        : Create(null);

    private AssembledCall? ByPosition(int position, string? name) =>
        position < Calls.Count && !Calls[position].IsAnother(name) ? Calls[position] : Create(null);

    private AssembledCall? ByOrder(string? name) =>
        _last is not null && !_last.IsAnother(name) ? _last
        : LeftOut > 0 && name is null ? null
        : Create(null);

    /// <summary>Null beyond the limit; pieces of such a call are dropped.</summary>
    private AssembledCall? Create(int? index)
    {
        if (Calls.Count == ToolCalls.Max)
        {
            LeftOut++;
            return null;
        }

        var call = new AssembledCall(limits.Arguments);
        Calls.Add(call);
        if (index is { } known)
        {
            _byIndex[known] = call;
        }

        return call;
    }
}
