using AotSidecar.ChatKit.Protocol;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Requests;

/// <summary>Reads what a user sends: docs/chatkit.md#user-input.</summary>
internal static class UserInputReader
{
    /// <summary>Characters, about 250,000 words: more than a model reads, less than a body holds.</summary>
    private const int MaxText = 1_000_000;
    private const int MaxParts = 256;
    private const int MaxAttachments = 32;
    private const int MaxName = 256;

    public static UserInput Read(RequestMembers input)
    {
        var content = new List<UserContent>();
        foreach (var element in input.OptionalArray("content", MaxParts))
        {
            var path = $"{input.Path("content")}[{content.Count}]";
            content.Add(ReadPart(RequestMembers.Of(element, path)));
        }

        var attachments = new List<string>();
        foreach (var element in input.OptionalArray("attachments", MaxAttachments))
        {
            attachments.Add(RequestMembers.Text(element, $"{input.Path("attachments")}[{attachments.Count}]", MaxName));
        }

        var options = input.OptionalObject("inference_options") is { } given ? ReadOptions(given) : new InferenceOptions();
        if (attachments.Count == 0 && content.All(static part => part is InputText && string.IsNullOrWhiteSpace(part.Text)))
        {
            throw new FailureException(new Failure(400, "empty_message", "the message is empty", Param: input.Path("content")));
        }

        return new UserInput(content, attachments, input.OptionalString("quoted_text", MaxText), options);
    }

    private static UserContent ReadPart(RequestMembers part) => part.String("type", MaxName) switch
    {
        "input_text" => new InputText { Text = part.String("text", MaxText) },
        "input_tag" => new InputTag
        {
            Id = part.String("id", MaxName),
            Text = part.String("text", MaxText),
            Data = part.OptionalObject("data")?.Element.Clone() ?? ChatKitJson.EmptyObject,
            Group = part.OptionalString("group", MaxName),
            Interactive = part.Boolean("interactive", otherwise: false),
        },
        _ => throw new FailureException(new Failure(
            400, "unknown_content_type", "a content part is neither input_text nor input_tag", Param: part.Path("type"))),
    };

    private static InferenceOptions ReadOptions(RequestMembers options) => new()
    {
        Model = options.OptionalString("model", MaxName) is { Length: > 0 } model ? model : null,
        ToolChoice = options.OptionalObject("tool_choice") is { } choice ? new ToolChoice(choice.String("id", MaxName)) : null,
    };
}
