using AotSidecar.Providers.Answers;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// A request for one turn, independent of the dialect. The whole conversation is sent each time (<c>store:false</c>).
/// </summary>
internal sealed record ModelRequest
{
    public required string Model { get; init; }

    /// <summary>System instructions, placed first.</summary>
    public string? Instructions { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<InputItem> Input { get; init; }

    public IReadOnlyList<FunctionTool> Tools { get; init; } = [];

    /// <summary>A tool's name to force, or null for the model's choice.</summary>
    public string? ForcedTool { get; init; }

    /// <summary>Stable per conversation; sent hashed, and to OpenAI only, to improve cache hits.</summary>
    public string? ConversationId { get; init; }
}

/// <summary>A function the model may call.</summary>
/// <param name="Parameters">JSON schema, UTF-8, sent as it is.</param>
internal sealed record FunctionTool(string Name, string? Description, ReadOnlyMemory<byte> Parameters);

/// <summary>One element of the conversation given to the model.</summary>
internal abstract record InputItem
{
    private InputItem()
    {
    }

    public sealed record User(IReadOnlyList<InputPart> Parts) : InputItem;

    /// <param name="Phase">
    /// From <see cref="ProviderEvent.MessageDone"/>; newer models degrade if it is not sent back.
    /// </param>
    public sealed record Assistant(string Text, string? Phase) : InputItem;

    public sealed record FunctionCall(string CallId, string Name, string Arguments) : InputItem
    {
        /// <summary>
        /// The <see cref="ProviderEvent.ToolCallDone.Extras"/> that came with the call; some providers refuse the call
        /// without them.
        /// </summary>
        public CallExtras? Extras { get; init; }
    }

    /// <summary>Exactly one for each <see cref="FunctionCall"/>, after it.</summary>
    public sealed record FunctionOutput(string CallId, string Output) : InputItem
    {
        /// <summary>Images that belong to the output; for the Responses dialect only.</summary>
        public IReadOnlyList<InputPart> Images { get; init; } = [];
    }

    /// <summary>
    /// An encrypted reasoning item to replay right before the item it produced. Dropped by the client when <paramref
    /// name="Origin"/> is not the provider and model asked now.
    /// </summary>
    /// <param name="Json">The item of <see cref="ProviderEvent.ReasoningDone"/>, UTF-8.</param>
    /// <param name="Origin">The <see cref="ProviderEvent.ReasoningDone.Origin"/> that came with it.</param>
    public sealed record Reasoning(ReadOnlyMemory<byte> Json, string Origin) : InputItem;
}

/// <summary>One part of a user message or of a tool's output.</summary>
internal abstract record InputPart
{
    private InputPart()
    {
    }

    public sealed record Text(string Value) : InputPart;

    /// <param name="Url">An https or a data URL.</param>
    public sealed record Image(string Url) : InputPart
    {
        /// <summary>The file's name, if it has one.</summary>
        public string? Name { get; init; }
    }

    /// <param name="DataUrl">The content as a data URL.</param>
    public sealed record File(string Name, string DataUrl) : InputPart
    {
        /// <summary>The content is text in UTF-8, for dialects whose files are documents only.</summary>
        public bool IsText { get; init; }

        public string ToText()
        {
            var content = Convert.FromBase64String(DataUrl[(DataUrl.IndexOf(',', StringComparison.Ordinal) + 1)..]);
            return $"<file name=\"{Name}\">\n{System.Text.Encoding.UTF8.GetString(content)}\n</file>";
        }
    }
}

/// <summary>Provider-specific members of a tool call, sent back with it.</summary>
/// <param name="Json">A JSON object, UTF-8.</param>
/// <param name="Origin">The provider, key and model that sent them; they are sent to no other.</param>
internal sealed record CallExtras(ReadOnlyMemory<byte> Json, string Origin);
