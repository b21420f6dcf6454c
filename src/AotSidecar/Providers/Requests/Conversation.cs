using System.Globalization;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Makes a stored conversation one that providers accept, whatever was cut, stopped or produced elsewhere:
/// every call is answered once, right after the run of calls it belongs to; answers without a call are dropped; call ids
/// are unique; encrypted reasoning goes only to where it came from, and only right before the message or call it produced.
/// </summary>
internal static class Conversation
{
    /// <summary>What a model is told about a call that the user stopped before it had a result.</summary>
    public const string CancelledOutput = "Cancelled by the user.";

    public static List<InputItem> Prepare(IReadOnlyList<InputItem> input, string origin, bool withReasoning)
    {
        var kept = input.Where(item => IsWorthSending(item, origin, withReasoning)).ToList();
        var prepared = new List<InputItem>(kept.Count);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        var answers = new List<InputItem.FunctionOutput>();
        for (var i = 0; i < kept.Count; i++)
        {
            if (!ContinuesRun(kept, i))
            {
                prepared.AddRange(answers);
                answers.Clear();
            }

            switch (kept[i])
            {
                case InputItem.FunctionOutput:
                case InputItem.Reasoning when Next(kept, i) is not (InputItem.Assistant or InputItem.FunctionCall):
                    break;
                case InputItem.FunctionCall call:
                    var unique = call with { CallId = UniqueId(call.CallId, ids) };
                    answers.Add(new InputItem.FunctionOutput(unique.CallId, OutputOf(kept, i, call.CallId, taken)));
                    prepared.Add(unique);
                    break;
                default:
                    prepared.Add(kept[i]);
                    break;
            }
        }

        prepared.AddRange(answers);
        return prepared;
    }

    private static bool IsWorthSending(InputItem item, string origin, bool withReasoning) => item switch
    {
        InputItem.User user => user.Parts.Count > 0,
        InputItem.Assistant assistant => assistant.Text.Length > 0,
        InputItem.Reasoning reasoning => withReasoning && reasoning.Origin == origin
            && JsonValue.TryParse(reasoning.Json.Span, out var json) && json["encrypted_content"u8].HasText,
        _ => true,
    };

    private static bool ContinuesRun(List<InputItem> items, int index) =>
        items[index] is InputItem.FunctionCall
        || (items[index] is InputItem.Reasoning && Next(items, index) is InputItem.FunctionCall);

    private static InputItem? Next(List<InputItem> items, int index) =>
        index + 1 < items.Count ? items[index + 1] : null;

    /// <summary>Some providers count their calls anew in each answer.</summary>
    private static string UniqueId(string wanted, HashSet<string> ids)
    {
        var id = wanted;
        for (var copy = 2; !ids.Add(id); copy++)
        {
            id = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{copy}");
        }

        return id;
    }

    /// <summary>The first output for the id that no earlier call took, before the user speaks again.</summary>
    private static string OutputOf(List<InputItem> items, int index, string callId, HashSet<int> taken)
    {
        for (var i = index + 1; i < items.Count && items[i] is not InputItem.User; i++)
        {
            if (items[i] is InputItem.FunctionOutput output && output.CallId == callId && taken.Add(i))
            {
                return output.Output;
            }
        }

        return CancelledOutput;
    }
}
