using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

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

    /// <summary>The reasoning came under the name whose senders want it back.</summary>
    public bool WantsEcho { get; private set; }

    /// <summary>It came as a <c>message</c>, not as a <c>delta</c>: all of the answer, whatever was sent of it before.</summary>
    public bool IsWhole { get; private set; }

    public JsonValue ToolCalls { get; private set; }

    public JsonValue FunctionCall { get; private set; }

    public JsonValue Annotations { get; private set; }

    /// <summary>Of random length, against eavesdroppers on the length of words.</summary>
    public JsonValue Padding { get; private set; }

    /// <summary>Whether it is a piece of the answer's text and nothing else.</summary>
    public readonly bool IsPlainText =>
        Content.HasText && !IsWhole && !Error.IsPresent && !Usage.IsPresent && !FinishReason.IsPresent && !Refusal.IsPresent
        && !Reasoning.IsPresent && !ToolCalls.IsPresent && !FunctionCall.IsPresent && !Annotations.IsPresent;

    public static bool TryRead(ReadOnlySpan<byte> utf8, out ChatChunk chunk)
    {
        chunk = default;
        try
        {
            var cursor = new JsonCursor(utf8);
            if (!cursor.TryEnter((byte)'{'))
            {
                return false;
            }

            var read = new ChatChunk();
            read.ReadRoot(ref cursor);
            cursor.End();
            chunk = read;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void ReadRoot(scoped ref JsonCursor cursor)
    {
        while (cursor.TryReadName(out var name))
        {
            if (name.SequenceEqual("choices"u8) && cursor.TryEnter((byte)'['))
            {
                ReadChoices(ref cursor);
                continue;
            }

            var value = cursor.Take();
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
            else if (name.SequenceEqual("obfuscation"u8))
            {
                Padding = value;
            }
        }
    }

    private void ReadChoices(scoped ref JsonCursor cursor)
    {
        while (cursor.TryReadElement())
        {
            if (cursor.TryEnter((byte)'{'))
            {
                ReadChoice(ref cursor);
            }
            else
            {
                cursor.Take();
            }
        }
    }

    /// <summary>Only the first choice matters, and its index may be missing.</summary>
    private void ReadChoice(scoped ref JsonCursor cursor)
    {
        var choice = default(ChatChunk);
        var other = false;
        while (cursor.TryReadName(out var name))
        {
            var whole = name.SequenceEqual("message"u8);
            if ((whole || name.SequenceEqual("delta"u8)) && cursor.TryEnter((byte)'{'))
            {
                choice.IsWhole = whole;
                choice.ReadDelta(ref cursor);
                continue;
            }

            var value = cursor.Take();
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
        IsWhole = choice.IsWhole;
        Content = choice.Content;
        Refusal = choice.Refusal;
        Reasoning = choice.Reasoning;
        WantsEcho = choice.WantsEcho;
        ToolCalls = choice.ToolCalls;
        FunctionCall = choice.FunctionCall;
        Annotations = choice.Annotations;
    }

    private void ReadDelta(scoped ref JsonCursor cursor)
    {
        while (cursor.TryReadName(out var name))
        {
            var value = cursor.Take();
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
                WantsEcho |= value.HasText && ReasoningEcho.IsMember(name);
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
