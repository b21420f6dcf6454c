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

    /// <summary>The reasoning came as <c>reasoning_content</c>, whose senders want it back.</summary>
    public bool WantsEcho { get; private set; }

    /// <summary>
    /// It came as a <c>message</c> instead of a <c>delta</c>: the complete answer, including what was sent before.
    /// </summary>
    public bool IsWhole { get; private set; }

    public JsonValue ToolCalls { get; private set; }

    /// <summary>Calls of a further choice: some gateways put text and calls into separate choices.</summary>
    public JsonValue OtherToolCalls { get; private set; }

    /// <summary>Pictures as data URLs.</summary>
    public JsonValue Images { get; private set; }

    /// <summary>Opaque reasoning that has to come back with the calls it led to.</summary>
    public JsonValue ReasoningDetails { get; private set; }

    public JsonValue FunctionCall { get; private set; }

    public JsonValue Annotations { get; private set; }

    /// <summary>Random padding against traffic analysis.</summary>
    public JsonValue Padding { get; private set; }

    /// <summary>Whether it is a piece of the answer's text and nothing else.</summary>
    public readonly bool IsPlainText =>
        Content.HasText && !IsWhole && !Error.IsPresent && !Usage.IsPresent && !FinishReason.IsPresent && !Refusal.IsPresent
        && !Reasoning.IsPresent && !ToolCalls.IsPresent && !FunctionCall.IsPresent && !Annotations.IsPresent
        && !Images.IsPresent && !ReasoningDetails.IsPresent && !OtherToolCalls.IsPresent;

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
            else if (name.SequenceEqual("base_resp"u8) && value["status_code"u8].Number is not (null or 0))
            {
                // MiniMax reports failures like this, with status 200 and no choices.
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

    /// <summary>
    /// Only the first choice matters; its index may be missing. One choice is requested, so a second one in the same
    /// chunk completes the first, and of choices with another index only calls count.
    /// </summary>
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
            OtherToolCalls = OtherToolCalls.IsPresent ? OtherToolCalls : choice.ToolCalls;
            return;
        }

        FinishReason = First(FinishReason, choice.FinishReason);
        IsWhole |= choice.IsWhole;
        Content = Content.HasText || Content.IsArray ? Content : choice.Content;
        Refusal = First(Refusal, choice.Refusal);
        Reasoning = First(Reasoning, choice.Reasoning);
        WantsEcho |= choice.WantsEcho;
        ToolCalls = First(ToolCalls, choice.ToolCalls);
        FunctionCall = First(FunctionCall, choice.FunctionCall);
        Annotations = First(Annotations, choice.Annotations);
        Images = First(Images, choice.Images);
        ReasoningDetails = First(ReasoningDetails, choice.ReasoningDetails);
    }

    private static JsonValue First(JsonValue first, JsonValue second) => first.IsPresent ? first : second;

    private void ReadDelta(scoped ref JsonCursor cursor)
    {
        while (cursor.TryReadName(out var name))
        {
            var value = cursor.Take();
            if (name.SequenceEqual("content"u8))
            {
                Content = value.AsText;
            }
            else if (name.SequenceEqual("images"u8))
            {
                Images = value;
            }
            else if (name.SequenceEqual("reasoning_details"u8))
            {
                ReasoningDetails = value;
            }
            else if (name.SequenceEqual("tool_calls"u8))
            {
                ToolCalls = value;
            }
            else if (name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("reasoning"u8))
            {
                // Some servers send both members, with the same text.
                Reasoning = Reasoning.HasText ? Reasoning : value;
                WantsEcho |= value.HasText && ReasoningEcho.WantsEcho(name);
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
