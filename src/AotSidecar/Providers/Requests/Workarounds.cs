namespace AotSidecar.Providers.Requests;

/// <summary>How requests to an endpoint differ, because it refuses the usual form.</summary>
[Flags]
internal enum Workarounds
{
    None = 0,

    // members that are left out
    StreamOptions = 1,
    PromptCacheKey = 1 << 1,
    ReasoningSettings = 1 << 2,
    Include = 1 << 3,
    Strict = 1 << 4,

    /// <summary>Encrypted reasoning is not sent: the provider can no longer read it.</summary>
    ReasoningItems = 1 << 5,

    /// <summary>Thoughts are not sent back with tool calls.</summary>
    ReasoningEcho = 1 << 6,

    /// <summary>The opposite: every assistant message is sent with its thoughts, or with empty ones.</summary>
    ReasoningExpected = 1 << 7,

    /// <summary>No tools are declared; earlier calls are written as text.</summary>
    NoTools = 1 << 8,

    /// <summary>The answer is requested without streaming.</summary>
    NoStreaming = 1 << 9,

    /// <summary>A tool is forced with <c>required</c> and by declaring no other.</summary>
    ToolChoiceIsWord = 1 << 10,

    /// <summary>No tool is forced.</summary>
    NoToolChoice = 1 << 11,

    /// <summary>Call ids of at most 40 letters, digits, hyphens and underscores, whatever their origin.</summary>
    PlainIds = 1 << 12,

    /// <summary>Call ids of exactly nine letters and digits.</summary>
    NineCharacterIds = 1 << 13,

    /// <summary>An assistant message is put between a tool's result and the user's next message.</summary>
    AssistantAfterTool = 1 << 14,

    /// <summary>Instructions are put at the start of the first user message.</summary>
    NoSystemRole = 1 << 15,

    /// <summary>A message that only calls tools has an empty text instead of null.</summary>
    ContentIsText = 1 << 16,

    /// <summary>Schemas without the keywords that only describe the schema or close it.</summary>
    PlainSchemas = 1 << 17,
}
