using System.Text.Json;
using AotSidecar.Upstream.Streaming;

namespace AotSidecar.Upstream.ChatCompletions;

/// <summary>The members of one chunk that mean anything to us, found in a single walk over its bytes.</summary>
internal ref struct ChatChunk
{
    public JsonValue Id { get; private set; }

    public JsonValue Model { get; private set; }

    public JsonValue Error { get; private set; }

    public JsonValue Usage { get; private set; }

    public JsonValue FinishReason { get; private set; }

    public JsonValue Content { get; private set; }

    public JsonValue Refusal { get; private set; }

    public JsonValue Reasoning { get; private set; }

    public JsonValue ToolCalls { get; private set; }

    public JsonValue FunctionCall { get; private set; }

    public JsonValue Annotations { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> utf8, out ChatChunk chunk)
    {
        chunk = default;
        try
        {
            var reader = new Utf8JsonReader(utf8, JsonValue.Leniency);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            var read = new ChatChunk();
            read.ReadRoot(ref reader, utf8);
            chunk = read;

            // refuses anything after the end
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void ReadRoot(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if (name.SequenceEqual("choices"u8) && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadChoices(ref reader, utf8);
                continue;
            }

            var value = JsonValue.Take(ref reader, utf8);
            if (name.SequenceEqual("id"u8))
            {
                Id = value;
            }
            else if (name.SequenceEqual("model"u8))
            {
                Model = value;
            }
            else if (name.SequenceEqual("usage"u8))
            {
                Usage = value;
            }
            else if (name.SequenceEqual("error"u8))
            {
                Error = value;
            }
        }
    }

    private void ReadChoices(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadChoice(ref reader, utf8);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Only the first choice matters, and its index may be missing.</summary>
    private void ReadChoice(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        var choice = default(ChatChunk);
        var other = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.ValueSpan;
            reader.Read();

            // a whole answer has a message where a chunk has a delta
            if ((name.SequenceEqual("delta"u8) || name.SequenceEqual("message"u8))
                && reader.TokenType == JsonTokenType.StartObject)
            {
                choice.ReadDelta(ref reader, utf8);
                continue;
            }

            var value = JsonValue.Take(ref reader, utf8);
            if (name.SequenceEqual("index"u8))
            {
                other = value.Integer > 0;
            }
            else if (name.SequenceEqual("finish_reason"u8))
            {
                choice.FinishReason = value;
            }
        }

        if (other)
        {
            return;
        }

        FinishReason = choice.FinishReason;
        Content = choice.Content;
        Refusal = choice.Refusal;
        Reasoning = choice.Reasoning;
        ToolCalls = choice.ToolCalls;
        FunctionCall = choice.FunctionCall;
        Annotations = choice.Annotations;
    }

    private void ReadDelta(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.ValueSpan;
            reader.Read();
            var value = JsonValue.Take(ref reader, utf8);
            if (name.SequenceEqual("content"u8))
            {
                Content = value;
            }
            else if (name.SequenceEqual("tool_calls"u8))
            {
                ToolCalls = value;
            }
            else if (name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("reasoning"u8))
            {
                // servers between two versions send both, with the same text
                Reasoning = Reasoning.HasText ? Reasoning : value;
            }
            else if (name.SequenceEqual("refusal"u8))
            {
                Refusal = value;
            }
            else if (name.SequenceEqual("function_call"u8))
            {
                FunctionCall = value;
            }
            else if (name.SequenceEqual("annotations"u8))
            {
                Annotations = value;
            }
        }
    }
}
