using System.Globalization;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Turns a stored conversation into one that the provider accepts, whatever was cut, stopped or produced elsewhere.
/// Every call is answered once, right after its run of calls; results without a call are dropped; ids, names, arguments
/// and results are valid for the provider; encrypted reasoning goes only to where it came from, right before the
/// message or call it produced; blank texts are left out; roles alternate as the provider requires. The writers of both
/// dialects write the result unchanged.
/// </summary>
internal static class Conversation
{
    /// <summary>Told to the model as the result of a call that the user stopped.</summary>
    public const string CancelledOutput = "Cancelled by the user.";

    /// <summary>Replaces the missing answer after a tool's result.</summary>
    private const string NoAnswer = "(no answer was given)";

    public static List<InputItem> Prepare(
        IReadOnlyList<InputItem> input, string origin, bool withReasoning, Workarounds workarounds = Workarounds.None)
    {
        var kept = input.Select(WithoutBlanks).Where(item => IsWorthSending(item, origin, withReasoning)).ToList();
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
                    var isOwn = call.Extras?.Origin == origin;
                    var unique = call with
                    {
                        CallId = UniqueId(call.CallId, ids, id => CallIds.Write(id, isOwn, workarounds)),
                    };
                    var (mended, output) = PastCall.Mend(unique, OutputOf(kept, i, call.CallId, taken));
                    answers.Add(output);
                    prepared.Add(mended);
                    break;
                default:
                    prepared.Add(kept[i]);
                    break;
            }
        }

        prepared.AddRange(answers);
        return workarounds.HasFlag(Workarounds.NoTools) ? WithoutCalls(prepared)
            : workarounds.HasFlag(Workarounds.AssistantAfterTool) ? WithAnswers(prepared)
            : prepared;
    }

    private static InputItem WithoutBlanks(InputItem item) =>
        item is InputItem.User user && user.Parts.Any(IsBlank)
            ? new InputItem.User([.. user.Parts.Where(static part => !IsBlank(part))])
            : item;

    private static bool IsBlank(InputPart part) => part is InputPart.Text { Value: var text } && string.IsNullOrWhiteSpace(text);

    private static bool IsWorthSending(InputItem item, string origin, bool withReasoning) => item switch
    {
        InputItem.User user => user.Parts.Count > 0,
        InputItem.Assistant assistant => !string.IsNullOrWhiteSpace(assistant.Text),
        InputItem.Reasoning reasoning => withReasoning && reasoning.Origin == origin
            && JsonValue.TryParse(reasoning.Json.Span, out var json) && json["encrypted_content"u8].HasText,
        _ => true,
    };

    private static bool ContinuesRun(List<InputItem> items, int index) =>
        items[index] is InputItem.FunctionCall
        || (items[index] is InputItem.Reasoning && Next(items, index) is InputItem.FunctionCall);

    private static InputItem? Next(List<InputItem> items, int index) =>
        index + 1 < items.Count ? items[index + 1] : null;

    /// <summary>Some providers number calls from the start in each answer.</summary>
    private static string UniqueId(string wanted, HashSet<string> ids, Func<string, string> write)
    {
        var id = write(wanted);
        for (var copy = 2; !ids.Add(id); copy++)
        {
            id = write(string.Create(CultureInfo.InvariantCulture, $"{wanted}_{copy}"));
        }

        return id;
    }

    /// <summary>The first unused output with this id before the next user message.</summary>
    private static InputItem.FunctionOutput? OutputOf(List<InputItem> items, int index, string callId, HashSet<int> taken)
    {
        for (var i = index + 1; i < items.Count && items[i] is not InputItem.User; i++)
        {
            if (items[i] is InputItem.FunctionOutput output && output.CallId == callId && taken.Add(i))
            {
                return output;
            }
        }

        return null;
    }

    /// <summary>For chat templates that forbid a user message right after a tool's result.</summary>
    private static List<InputItem> WithAnswers(List<InputItem> items)
    {
        var prepared = new List<InputItem>(items.Count);
        foreach (var item in items)
        {
            if (item is InputItem.User && prepared is [.., InputItem.FunctionOutput])
            {
                prepared.Add(new InputItem.Assistant(NoAnswer, Phase: null));
            }

            prepared.Add(item);
        }

        return prepared;
    }

    /// <summary>For models without tools that continue a conversation in which tools were used.</summary>
    private static List<InputItem> WithoutCalls(List<InputItem> items) =>
    [
        .. items.Where(static item => item is not InputItem.FunctionCall).Select(item => item is InputItem.FunctionOutput output
            ? new InputItem.User([new InputPart.Text($"[Result of a tool: {output.Output}]")])
            : item),
    ];
}
