namespace AotSidecar.Providers.Requests;

/// <summary>What has to be done differently for an endpoint, because it refuses the usual.</summary>
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

    /// <summary>Thoughts are not given back with tool calls.</summary>
    ReasoningEcho = 1 << 6,

    /// <summary>Inverse: every message of the model comes with its thoughts, or with empty ones.</summary>
    ReasoningExpected = 1 << 7,

    /// <summary>No tools are declared, and what earlier ones did is told as text.</summary>
    NoTools = 1 << 8,

    /// <summary>The whole answer is asked for in one piece.</summary>
    NoStreaming = 1 << 9,

    /// <summary>A tool is forced with the word <c>required</c>, and by declaring no other.</summary>
    ToolChoiceIsWord = 1 << 10,

    /// <summary>No tool is forced.</summary>
    NoToolChoice = 1 << 11,

    /// <summary>Call ids of at most 40 letters, digits, hyphens and underscores, wherever they come from.</summary>
    PlainIds = 1 << 12,

    /// <summary>Call ids of exactly nine letters and digits.</summary>
    NineCharacterIds = 1 << 13,

    /// <summary>A message of the model stands between the result of a tool and the user's next message.</summary>
    AssistantAfterTool = 1 << 14,

    /// <summary>Instructions begin the first user message.</summary>
    NoSystemRole = 1 << 15,

    /// <summary>A message that only calls tools has an empty text instead of null.</summary>
    ContentIsText = 1 << 16,

    /// <summary>Schemas without the keywords that only describe the schema or close it.</summary>
    PlainSchemas = 1 << 17,
}
