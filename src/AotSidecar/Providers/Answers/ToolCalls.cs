using System.Text;
using AotSidecar.Crypto;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>Announces tool calls with ids that are unique in the turn, and takes apart what models wrap or glue together.</summary>
internal sealed class ToolCalls(EventSink sink, IReadOnlySet<string> declared, Func<int> nextIndex)
{
    /// <summary>What the API takes as a call id.</summary>
    private const int MaxIdLength = 64;

    /// <summary>A wrapper with more calls than this is not meant seriously.</summary>
    private const int MaxWrapped = 32;

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public bool Any { get; private set; }

    /// <summary>Whether the call is held back until its arguments show what it wraps.</summary>
    public bool IsWrapper(string name) =>
        name is "parallel" or "multi_tool_use.parallel" && !declared.Contains(name);

    /// <summary>The wire's id if it can serve, else a new one.</summary>
    public string Claim(string? wireId)
    {
        var id = wireId is { Length: > 0 and <= MaxIdLength } && _ids.Add(wireId) ? wireId : null;
        while (id is null)
        {
            var made = "call_" + SystemRandom.GetHex(12);
            id = _ids.Add(made) ? made : null;
        }

        return id;
    }

    public void Start(int outputIndex, string? itemId, string callId, string name) =>
        sink.Add(new ProviderEvent.ToolCallStarted(outputIndex, itemId, callId, name));

    /// <summary>Ends a call that was started.</summary>
    public void Finish(
        int outputIndex, string? itemId, string callId, string name, string arguments, CallExtras? extras = null)
    {
        Any = true;
        var pieces = Split(arguments);
        sink.Add(new ProviderEvent.ToolCallDone(
            outputIndex, itemId, callId, name, pieces is null ? OrEmptyObject(arguments) : pieces[0])
        {
            Extras = extras,
        });
        foreach (var piece in pieces?.Skip(1) ?? [])
        {
            Emit(nextIndex(), Claim(null), name, piece);
        }
    }

    /// <summary>Ends a wrapper that was held back: its calls take its place, or it is passed on as it is for the caller to refuse.</summary>
    public void FinishWrapper(int outputIndex, string? itemId, string callId, string name, string arguments)
    {
        var calls = new List<(string Name, string Arguments)>();
        if (JsonValue.TryParse(Encoding.UTF8.GetBytes(arguments), out var json))
        {
            foreach (var use in json["tool_uses"u8].Elements)
            {
                var recipient = use["recipient_name"u8].TextOrNullIfEmpty;
                var parameters = use["parameters"u8];
                if (recipient is not null && calls.Count < MaxWrapped)
                {
                    calls.Add((
                        recipient.StartsWith("functions.", StringComparison.Ordinal) ? recipient[10..] : recipient,
                        parameters.IsObject ? Encoding.UTF8.GetString(parameters.Raw) : parameters.Text ?? ""));
                }
            }
        }

        if (calls.Count == 0)
        {
            Start(outputIndex, itemId, callId, name);
            Finish(outputIndex, itemId, callId, name, arguments);
            return;
        }

        for (var i = 0; i < calls.Count; i++)
        {
            Emit(
                i == 0 ? outputIndex : nextIndex(),
                i == 0 ? callId : Claim(null),
                calls[i].Name,
                calls[i].Arguments);
        }
    }

    private static string OrEmptyObject(string arguments) => string.IsNullOrWhiteSpace(arguments) ? "{}" : arguments;

    /// <summary>Two objects glued together are two calls that a server merged by accident; null when there is nothing to repair.</summary>
    private static List<string>? Split(string arguments)
    {
        var utf8 = Encoding.UTF8.GetBytes(arguments);
        if (JsonValue.TryParse(utf8, out _))
        {
            return null;
        }

        for (var seam = arguments.IndexOf("}{", StringComparison.Ordinal);
            seam >= 0;
            seam = arguments.IndexOf("}{", seam + 1, StringComparison.Ordinal))
        {
            var (first, second) = (arguments[..(seam + 1)], arguments[(seam + 1)..]);
            if (JsonValue.TryParse(Encoding.UTF8.GetBytes(first), out _))
            {
                return JsonValue.TryParse(Encoding.UTF8.GetBytes(second), out _) ? [first, second] : null;
            }
        }

        return null;
    }

    private void Emit(int outputIndex, string callId, string name, string arguments)
    {
        Any = true;
        Start(outputIndex, null, callId, name);
        sink.Add(new ProviderEvent.ToolCallDone(outputIndex, null, callId, name, OrEmptyObject(arguments)));
    }
}
