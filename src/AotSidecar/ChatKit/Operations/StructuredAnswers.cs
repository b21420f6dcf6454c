using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;

namespace AotSidecar.ChatKit.Operations;

internal static class StructuredAnswers
{
    /// <summary>Answers each question or marks it skipped: docs/chatkit.md#structured-answers.</summary>
    public static StructuredInputItem Apply(StructuredInputItem item, ChatKitRequest.AddStructuredInput request) => item with
    {
        Status = request.Skipped ? "skipped" : "answered",
        Inputs = [.. item.Inputs.Select(input => input with { Answer = AnswerTo(input, request) })],
    };

    private static StructuredAnswer AnswerTo(StructuredInput input, ChatKitRequest.AddStructuredInput request)
    {
        if (request.Skipped || request.Answers.GetValueOrDefault(input.Id) is not { Skipped: false, Values.Count: > 0 } answer)
        {
            return new StructuredAnswer { Skipped = true };
        }

        return input is MultipleChoiceInput { Multiple: false }
            ? new StructuredAnswer { Values = [answer.Values[0]] }
            : new StructuredAnswer { Values = answer.Values };
    }
}
