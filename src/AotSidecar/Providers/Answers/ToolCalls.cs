using System.Text;
using System.Text.Json;
using AotSidecar.Crypto;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// The finished tool calls of an answer, in either dialect: each once, with an id that is unique in the turn. Splits
/// calls that models wrapped or servers concatenated.
/// </summary>
internal sealed class ToolCalls(AnswerContext context, EventSink sink, Func<int> nextIndex)
{
    /// <summary>More in one answer are a malfunction, and every result makes the conversation longer.</summary>
    public const int Max = 64;

    /// <summary>Longest call id that the API accepts.</summary>
    private const int MaxIdLength = 64;

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<(string? WireId, string Name, string Arguments)> _passedOn = [];

    public bool Any => _passedOn.Count > 0;

    /// <summary>How many calls there were beyond the limit.</summary>
    public int LeftOut { get; set; }

    /// <param name="wireId">The provider's id of the call, or null. A repeated call is passed on once.</param>
    /// <param name="extras">A JSON object of members that go back with the call, or null.</param>
    public void Add(
        int outputIndex, string? itemId, string? wireId, string name, IReadOnlyList<string> documents, byte[]? extras = null)
    {
        var calls = Unwrap(name, documents[0]) ?? documents.Select(arguments => (Name: name, Arguments: arguments));
        var first = true;
        foreach (var (called, text) in calls)
        {
            Pass(
                first ? outputIndex : nextIndex(),
                first ? itemId : null,
                wireId,
                called,
                text,
                first ? extras : null);
            first = false;
        }
    }

    /// <summary>
    /// The calls inside a wrapper that some models invent (<c>multi_tool_use.parallel</c>); null for any other call.
    /// </summary>
    private List<(string Name, string Arguments)>? Unwrap(string name, string arguments)
    {
        if (name is not ("parallel" or "multi_tool_use.parallel") || context.DeclaredTools.Contains(name)
            || !JsonValue.TryParse(Encoding.UTF8.GetBytes(arguments), out var json))
        {
            return null;
        }

        var calls = new List<(string Name, string Arguments)>();
        foreach (var use in json["tool_uses"u8].Elements)
        {
            var parameters = use["parameters"u8];
            if (use["recipient_name"u8].TextOrNullIfEmpty is { } recipient && calls.Count < Max)
            {
                var text = parameters.IsObject ? Encoding.UTF8.GetString(parameters.Raw) : parameters.Text;
                calls.Add((
                    recipient.StartsWith("functions.", StringComparison.Ordinal) ? recipient[10..] : recipient,
                    string.IsNullOrWhiteSpace(text) ? "{}" : text));
            }
        }

        return calls.Count > 0 ? calls : null;
    }

    private void Pass(int outputIndex, string? itemId, string? wireId, string name, string arguments, byte[]? extras)
    {
        if (wireId is not null && _passedOn.Exists(known =>
            known.WireId == wireId && known.Name == name && AreEqual(known.Arguments, arguments)))
        {
            return;
        }

        if (_passedOn.Count == Max)
        {
            LeftOut++;
            return;
        }

        _passedOn.Add((wireId, name, arguments));
        var callId = Claim(wireId);

        // An unusual id may go back only to where it came from.
        extras ??= CallIds.ArePlain(callId) ? null : "{}"u8.ToArray();
        sink.Add(new ProviderEvent.ToolCallDone(outputIndex, itemId, callId, name, arguments)
        {
            Extras = extras is null ? null : new CallExtras(extras, context.Origin),
        });
    }

    /// <summary>The wire's id if it is usable and unique, else a new one.</summary>
    private string Claim(string? wireId)
    {
        var id = wireId is { Length: > 0 and <= MaxIdLength } && _ids.Add(wireId) ? wireId : null;
        while (id is null)
        {
            var made = "call_" + SystemRandom.GetHex(12);
            id = _ids.Add(made) ? made : null;
        }

        return id;
    }

    private static bool AreEqual(string one, string other)
    {
        try
        {
            return one == other || CallArguments.AreEqual(JsonElement.Parse(one), JsonElement.Parse(other));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
