using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Answers;

/// <summary>What an answer cost, in tokens.</summary>
/// <param name="Cached">Part of <paramref name="Input"/>.</param>
/// <param name="Reasoning">Part of <paramref name="Output"/>.</param>
internal sealed record TokenUsage(long Input, long Cached, long Output, long Reasoning, long Total)
{
    /// <summary>The object <c>usage</c> of Responses.</summary>
    public static TokenUsage? OfResponses(JsonValue usage) => Read(
        usage, "input_tokens"u8, "input_tokens_details"u8, "output_tokens"u8, "output_tokens_details"u8);

    /// <summary>The object <c>usage</c> of Chat Completions.</summary>
    public static TokenUsage? OfChatCompletions(JsonValue usage) => Read(
        usage, "prompt_tokens"u8, "prompt_tokens_details"u8, "completion_tokens"u8, "completion_tokens_details"u8);

    private static TokenUsage? Read(
        JsonValue usage, ReadOnlySpan<byte> input, ReadOnlySpan<byte> inputDetails, ReadOnlySpan<byte> output,
        ReadOnlySpan<byte> outputDetails) => usage.IsObject
        ? new(
            usage[input].Number ?? 0,
            usage[inputDetails]["cached_tokens"u8].Number ?? 0,
            usage[output].Number ?? 0,
            usage[outputDetails]["reasoning_tokens"u8].Number ?? 0,
            usage["total_tokens"u8].Number ?? 0)
        : null;
}
