using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Requests;

/// <summary>Chooses the workaround for a refusal. Every provider words its refusals differently.</summary>
internal static class Refusals
{
    /// <summary>Each applies if one of its words occurs; its follow-up applies the second time.</summary>
    private static readonly (Workarounds Answer, Func<ProviderError, bool> IsNamed)[] Table =
    [
        (Workarounds.StreamOptions, static e => Names(e, "stream_options")),
        (Workarounds.PromptCacheKey, static e => Names(e, "prompt_cache_key")),
        (Workarounds.Include, static e =>
            e.Param == "include" || e.Mentions("reasoning.encrypted_content") || Quotes(e, "include")),
        (Workarounds.ReasoningSettings | Workarounds.Include, static e =>
            e.Param is "reasoning" or "reasoning.summary" || e.Mentions("reasoning.summary") || Quotes(e, "reasoning")),
        (Workarounds.Strict, static e => Ends(e, ".strict") || e.Mentions(".strict") || Quotes(e, "strict")),
        (Workarounds.ReasoningExpected, static e =>
            e.Mentions("reasoning_content") && (e.Mentions("missing") || e.Mentions("passed back"))),
        (Workarounds.ReasoningEcho, static e =>
            (e.Mentions("reasoning_content") && !e.Mentions("missing") && !e.Mentions("passed back"))
            || Names(e, "reasoning_details")),
        (Workarounds.NoStreaming, static e =>
            e.Param == "stream" || Quotes(e, "stream") || e.Mentions("to stream this model")
            || (e.Mentions("streaming") && IsUnsupported(e))),
        (Workarounds.ToolChoiceIsWord, static e => Names(e, "tool_choice")),
        (Workarounds.NoTools, static e =>
            (e.Param == "tools" || Quotes(e, "tools") || e.Mentions("support tool") || e.Mentions("tool use")
                || e.Mentions("tools are") || e.Mentions("tools is") || e.Mentions("tool call") || e.Mentions("function call"))
            && IsUnsupported(e) && !Names(e, "tool_choice") && !e.Mentions("call_id") && !e.Mentions("call id")),
        (Workarounds.NineCharacterIds, static e => e.Mentions("length of 9") && e.Mentions("id")),
        (Workarounds.PlainIds, static e =>
            Names(e, "tool_call_id") || Names(e, "call_id") || e.Mentions("tool call id") || e.Mentions("tool_use_id")
            || e.Mentions("tool_use.id") || e.Mentions("].id") || Ends(e, "].id")),
        (Workarounds.AssistantAfterTool, static e =>
            e.Mentions("unexpected role") || e.Mentions("after role") || e.Mentions("must alternate")),
        (Workarounds.NoSystemRole, static e =>
            (e.Mentions("system role") || e.Mentions("role system") || e.Mentions("system message")
                || Quotes(e, "system") || e.Mentions("developer instruction")) && IsUnsupported(e)),
        (Workarounds.ContentIsText, static e =>
            e.Mentions("content") && (e.Mentions("nil") || e.Mentions("null") || e.Mentions("none"))),
        (Workarounds.PlainSchemas, static e =>
            e.Mentions("$schema") || e.Mentions("additionalProperties") || e.Mentions("additional_properties")),
    ];

    /// <summary>
    /// The workaround that the refusal names and that is not in use yet; for a forced tool, the next of the two.
    /// </summary>
    public static Workarounds Named(ProviderError error, Workarounds known)
    {
        var named = Workarounds.None;
        foreach (var (answer, isNamed) in Table)
        {
            named |= isNamed(error) ? answer : Workarounds.None;
        }

        if (named.HasFlag(Workarounds.ToolChoiceIsWord) && known.HasFlag(Workarounds.ToolChoiceIsWord))
        {
            named |= Workarounds.NoToolChoice;
        }

        return named & ~known;
    }

    private static bool IsUnsupported(ProviderError error) =>
        error.Mentions("not support") || error.Mentions("unsupported") || error.Mentions("not enabled")
        || error.Mentions("n't support") || error.Mentions("not available") || error.Mentions("no endpoints")
        || error.Mentions("not allowed") || error.Mentions("unknown") || error.Mentions("unrecognized");

    private static bool Names(ProviderError error, string member) =>
        (error.Param?.StartsWith(member, StringComparison.Ordinal) ?? false) || Ends(error, member) || error.Mentions(member);

    private static bool Ends(ProviderError error, string member) =>
        error.Param?.EndsWith(member, StringComparison.Ordinal) ?? false;

    /// <summary>For members whose names are ordinary words: matches the quoted name only.</summary>
    private static bool Quotes(ProviderError error, string member) =>
        error.Mentions($"'{member}'") || error.Mentions($"\"{member}\"") || error.Mentions($"`{member}`");
}
