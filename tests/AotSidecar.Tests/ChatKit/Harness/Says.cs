using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>Provider events in the shapes that the translators make.</summary>
internal static class Says
{
    public static ProviderEvent Done { get; } = new ProviderEvent.Completed(CompletionReason.Stop);

    public static ProviderEvent[] Text(string text, string? id = null, string? phase = null) =>
        [.. Message(0, text, id, phase), Done];

    public static ProviderEvent[] Message(int output, string text, string? id = null, string? phase = null, params Annotation[] annotations)
    {
        var part = new MessagePart(text, Refusal: false, annotations);
        return
        [
            new ProviderEvent.MessageStarted(output, id),
            Delta(text, output),
            .. annotations.Select(annotation => new ProviderEvent.AnnotationAdded(output, 0, annotation)),
            new ProviderEvent.PartDone(output, 0, part),
            new ProviderEvent.MessageDone(output, [part], phase, Incomplete: false),
        ];
    }

    public static ProviderEvent Delta(string text, int output = 0, int content = 0) =>
        new ProviderEvent.TextDelta { OutputIndex = output, ContentIndex = content, Utf8 = Encoding.UTF8.GetBytes(text) };

    public static ProviderEvent[] Calls(params (string Name, string Arguments)[] calls) =>
    [
        .. calls.Select((call, index) => new ProviderEvent.ToolCallDone(
            index, $"fc_{index}0123456789abcdef0123456789abcdef", $"call_{index}", call.Name, call.Arguments)),
        new ProviderEvent.Completed(CompletionReason.ToolCalls),
    ];

    public static ProviderEvent[] Thoughts(int output, params string[] thoughts) =>
    [
        new ProviderEvent.ReasoningStarted(output),
        .. thoughts.SelectMany((thought, part) => new ProviderEvent[]
        {
            new ProviderEvent.ReasoningDelta(output, part, thought),
            new ProviderEvent.ReasoningPartDone(output, part, thought),
        }),
        new ProviderEvent.ReasoningDone(output, "{}"u8.ToArray(), "origin"),
    ];

    public static ProviderEvent[] Failure(UpstreamFailure failure) => [new ProviderEvent.Failed(failure)];
}
