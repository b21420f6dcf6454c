using System.Text.Json;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Responses;

/// <summary>
/// Writes the body of <c>POST /responses</c>. Stateless: nothing is stored at the provider, so the whole conversation
/// and the encrypted reasoning travel each time. Replayed items carry no ids: the provider checks ids in pairs, so a
/// missing item would invalidate its neighbour.
/// </summary>
internal static class ResponsesRequest
{
    public static ReadOnlyMemory<byte> Write(Provider provider, ModelRequest request, Workarounds workarounds) =>
        ModelBody.Write(writer =>
        {
            var openAi = ModelBody.IsOpenAi(provider);
            var reasons = ReasoningModels.Match(request.Model);
            writer.WriteString("model"u8, request.Model);
            writer.WriteBoolean("stream"u8, !workarounds.HasFlag(Workarounds.NoStreaming));
            writer.WriteBoolean("store"u8, false);
            if (request.Instructions is { Length: > 0 } instructions)
            {
                writer.WriteString("instructions"u8, instructions);
            }

            if (reasons && !workarounds.HasFlag(Workarounds.Include))
            {
                writer.WriteStartArray("include"u8);
                writer.WriteStringValue("reasoning.encrypted_content"u8);
                writer.WriteEndArray();
            }

            if (reasons && !workarounds.HasFlag(Workarounds.ReasoningSettings))
            {
                writer.WriteStartObject("reasoning"u8);
                writer.WriteString("summary"u8, "auto"u8);
                writer.WriteEndObject();
            }

            if (openAi && (workarounds & (Workarounds.StreamOptions | Workarounds.NoStreaming)) == 0)
            {
                // Random padding against traffic analysis: only costs bandwidth here.
                writer.WriteStartObject("stream_options"u8);
                writer.WriteBoolean("include_obfuscation"u8, false);
                writer.WriteEndObject();
            }

            if (openAi && request.ConversationId is { } conversation && !workarounds.HasFlag(Workarounds.PromptCacheKey))
            {
                writer.WriteString("prompt_cache_key"u8, ModelBody.CacheKey(conversation));
            }

            WriteTools(writer, request, workarounds);
            writer.WriteStartArray("input"u8);
            var origin = Origin.Of(provider, request.Model);
            foreach (var item in Conversation.Prepare(
                request.Input, origin, withReasoning: !workarounds.HasFlag(Workarounds.ReasoningItems), workarounds))
            {
                WriteItem(writer, item);
            }

            writer.WriteEndArray();
        });

    private static void WriteTools(Utf8JsonWriter writer, ModelRequest request, Workarounds workarounds)
    {
        var tools = ModelBody.Tools(request, workarounds);
        if (tools.Count > 0)
        {
            writer.WriteStartArray("tools"u8);
            foreach (var tool in tools)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, "function"u8);
                ModelBody.WriteFunction(writer, tool, workarounds);
                if (!workarounds.HasFlag(Workarounds.Strict))
                {
                    // The default is true, and most schemas do not meet its rules.
                    writer.WriteBoolean("strict"u8, false);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (ModelBody.Forced(request, workarounds) is not { } forced)
        {
            return;
        }

        if (workarounds.HasFlag(Workarounds.ToolChoiceIsWord))
        {
            writer.WriteString("tool_choice"u8, "required"u8);
        }
        else
        {
            writer.WriteStartObject("tool_choice"u8);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteString("name"u8, forced);
            writer.WriteEndObject();
        }
    }

    private static void WriteItem(Utf8JsonWriter writer, InputItem item)
    {
        writer.WriteStartObject();
        switch (item)
        {
            case InputItem.User user:
                WriteUser(writer, user);
                break;
            case InputItem.Assistant assistant:
                WriteAssistant(writer, assistant);
                break;
            case InputItem.FunctionCall call:
                writer.WriteString("type"u8, "function_call"u8);
                writer.WriteString("call_id"u8, call.CallId);
                writer.WriteString("name"u8, call.Name);
                ModelBody.WriteText(writer, "arguments"u8, call.Arguments);
                break;
            case InputItem.FunctionOutput output:
                writer.WriteString("type"u8, "function_call_output"u8);
                writer.WriteString("call_id"u8, output.CallId);
                if (output.Images.Count == 0)
                {
                    ModelBody.WriteText(writer, "output"u8, output.Output);
                }
                else
                {
                    WriteParts(writer, "output"u8, [new InputPart.Text(output.Output), .. output.Images]);
                }

                break;
            case InputItem.Reasoning reasoning:
                WriteReasoning(writer, reasoning);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter writer, InputItem.User user)
    {
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "user"u8);
        WriteParts(writer, "content"u8, user.Parts);
    }

    private static void WriteParts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<InputPart> parts)
    {
        writer.WriteStartArray(name);
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            switch (part)
            {
                case InputPart.Text text:
                    writer.WriteString("type"u8, "input_text"u8);
                    ModelBody.WriteText(writer, "text"u8, text.Value);
                    break;
                case InputPart.Image image:
                    writer.WriteString("type"u8, "input_image"u8);
                    ModelBody.WriteText(writer, "image_url"u8, image.Url);
                    writer.WriteString("detail"u8, "auto"u8);
                    break;
                case InputPart.File file:
                    writer.WriteString("type"u8, "input_file"u8);
                    writer.WriteString("filename"u8, file.Name);
                    ModelBody.WriteText(writer, "file_data"u8, file.DataUrl);
                    break;
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteAssistant(Utf8JsonWriter writer, InputItem.Assistant assistant)
    {
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        if (assistant.Phase is { Length: > 0 } phase)
        {
            writer.WriteString("phase"u8, phase);
        }

        writer.WriteStartArray("content"u8);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "output_text"u8);
        ModelBody.WriteText(writer, "text"u8, assistant.Text);
        writer.WriteStartArray("annotations"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    /// <summary>Everything the provider sent, without its id and status.</summary>
    private static void WriteReasoning(Utf8JsonWriter writer, InputItem.Reasoning reasoning)
    {
        var hasSummary = false;
        foreach (var member in JsonValue.Parse(reasoning.Json.Span).Members)
        {
            if (member.Name.SequenceEqual("id"u8) || member.Name.SequenceEqual("status"u8))
            {
                continue;
            }

            hasSummary |= member.Name.SequenceEqual("summary"u8);
            writer.WritePropertyName(member.Name);
            writer.WriteRawValue(member.Value.Raw);
        }

        if (!hasSummary)
        {
            writer.WriteStartArray("summary"u8);
            writer.WriteEndArray();
        }
    }
}
