using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// An event of one turn, independent of the dialect. Guarantees: exactly one <see cref="Completed"/> or <see
/// cref="Failed"/> ends the sequence and nothing follows it; every started message and reasoning is done before the
/// end, on failure too; the text of <see cref="MessageDone"/> is the concatenation of its deltas. <c>OutputIndex</c>
/// identifies an output item within the turn, <c>ContentIndex</c> a part of a message.
/// </summary>
internal abstract record ProviderEvent
{
    private ProviderEvent()
    {
    }

    public sealed record TurnStarted(string? ResponseId, string? Model) : ProviderEvent;

    /// <param name="ItemId">The provider's id of the item, or null; unchecked.</param>
    public sealed record MessageStarted(int OutputIndex, string? ItemId) : ProviderEvent;

    /// <summary>
    /// Text of a message or of a refusal. The hot path: the instance and its bytes are reused, both are valid only
    /// until the next event is asked for.
    /// </summary>
    public sealed record TextDelta : ProviderEvent
    {
        public int OutputIndex { get; set; }

        public int ContentIndex { get; set; }

        public bool Refusal { get; set; }

        /// <summary>UTF-8, unescaped, never empty, always whole characters.</summary>
        public ReadOnlyMemory<byte> Utf8 { get; set; }
    }

    public sealed record AnnotationAdded(int OutputIndex, int ContentIndex, Annotation Annotation) : ProviderEvent;

    /// <summary>A part of a message is complete. Its text equals the concatenation of the deltas.</summary>
    public sealed record PartDone(int OutputIndex, int ContentIndex, MessagePart Part) : ProviderEvent;

    /// <param name="Phase">To be kept and sent back in <see cref="InputItem.Assistant"/>.</param>
    /// <param name="Incomplete">Cut by a limit or a failure; no more will come.</param>
    public sealed record MessageDone(
        int OutputIndex, IReadOnlyList<MessagePart> Parts, string? Phase, bool Incomplete) : ProviderEvent;

    public sealed record ReasoningStarted(int OutputIndex) : ProviderEvent;

    /// <param name="PartIndex">Index of the summary part.</param>
    public sealed record ReasoningDelta(int OutputIndex, int PartIndex, string Text) : ProviderEvent;

    public sealed record ReasoningPartDone(int OutputIndex, int PartIndex, string Text) : ProviderEvent;

    /// <param name="Json">
    /// The raw item to replay, or null when it cannot be (no encrypted content, or another dialect).
    /// </param>
    /// <param name="Origin">Which provider, key and model produced it; a fingerprint, not a secret.</param>
    public sealed record ReasoningDone(int OutputIndex, byte[]? Json, string Origin) : ProviderEvent;

    /// <summary>
    /// A function call. Run it only after <see cref="Completed"/> with <see cref="CompletionReason.ToolCalls"/>.
    /// </summary>
    /// <param name="ItemId">The provider's id of the call item (<c>fc_…</c>), or null.</param>
    /// <param name="CallId">Unique within the turn; made up when the provider sent none.</param>
    /// <param name="Arguments">JSON text as the model wrote it, <c>{}</c> when empty; may be invalid JSON.</param>
    public sealed record ToolCallDone(
        int OutputIndex, string? ItemId, string CallId, string Name, string Arguments) : ProviderEvent
    {
        /// <summary>To be kept and sent back in <see cref="InputItem.FunctionCall.Extras"/>; mostly null.</summary>
        public CallExtras? Extras { get; init; }
    }

    /// <summary>A tool that runs at the provider began.</summary>
    public sealed record HostedStarted(int OutputIndex, HostedTool Tool) : ProviderEvent;

    public sealed record HostedDone(int OutputIndex, HostedTool Tool, HostedDetail Detail) : ProviderEvent;

    /// <param name="Url">A data URL.</param>
    /// <param name="Index">0-based count of previews.</param>
    public sealed record ImagePartial(int OutputIndex, string? ItemId, int Index, string Url) : ProviderEvent;

    /// <param name="Url">A data URL.</param>
    public sealed record ImageDone(int OutputIndex, string? ItemId, string Url) : ProviderEvent;

    /// <summary>A tool of a remote MCP server waits for approval, which this sidecar does not offer.</summary>
    public sealed record ApprovalRequested(int OutputIndex, string? Server, string? Name) : ProviderEvent;

    public sealed record Completed(CompletionReason Reason) : ProviderEvent
    {
        /// <summary>Null when the provider told none.</summary>
        public TokenUsage? Usage { get; init; }

        /// <summary>How many calls there were beyond those that were passed on.</summary>
        public int CallsLeftOut { get; init; }
    }

    public sealed record Failed(UpstreamFailure Failure) : ProviderEvent;
}

internal enum CompletionReason
{
    Stop,
    ToolCalls,
    Length,
    ContentFilter,
    Approval,
}

internal enum HostedTool
{
    WebSearch,
    FileSearch,
    CodeInterpreter,
    ImageGeneration,
    Mcp,
    Other,
}

/// <summary>What a hosted tool did, as far as the provider reports it.</summary>
/// <param name="Failed">The provider says that the tool did not do it.</param>
internal sealed record HostedDetail(
    IReadOnlyList<string> Queries, IReadOnlyList<HostedSource> Sources, string? Title, bool Failed = false)
{
    public static HostedDetail Empty { get; } = new([], [], null);
}

/// <param name="Url">Null for a file.</param>
/// <param name="Title">Page title or file name; never empty.</param>
internal sealed record HostedSource(string? Url, string Title);

/// <param name="Refusal">The part is a refusal, not an answer.</param>
internal sealed record MessagePart(string Text, bool Refusal, IReadOnlyList<Annotation> Annotations);

/// <summary>A citation in a text.</summary>
internal abstract record Annotation
{
    private Annotation()
    {
    }

    /// <param name="Index">
    /// Where the marker belongs, in UTF-16 units from the start of the part's text, or null.
    /// </param>
    public sealed record Url(string Title, string Address, int? Index) : Annotation;

    public sealed record File(string Filename, int? Index) : Annotation;
}
