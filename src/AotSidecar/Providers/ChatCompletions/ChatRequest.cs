using System.Text.Json;
using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>
/// Writes the body of <c>POST /chat/completions</c> for servers of every kind: one system message, plain strings where
/// there is only text, and none of the members that only OpenAI knows unless it is OpenAI.
/// </summary>
internal static class ChatRequest
{
    public static ReadOnlyMemory<byte> Write(Provider provider, ModelRequest request, Workarounds workarounds) =>
        ModelBody.Write(writer =>
        {
            var openAi = ModelBody.IsOpenAi(provider);
            writer.WriteString("model"u8, request.Model);
            writer.WriteBoolean("stream"u8, !workarounds.HasFlag(Workarounds.NoStreaming));
            if ((workarounds & (Workarounds.StreamOptions | Workarounds.NoStreaming)) == 0)
            {
                writer.WriteStartObject("stream_options"u8);
                writer.WriteBoolean("include_usage"u8, true);
                if (openAi)
                {
                    writer.WriteBoolean("include_obfuscation"u8, false);
                }

                writer.WriteEndObject();
            }

            if (openAi && request.ConversationId is { } conversation && !workarounds.HasFlag(Workarounds.PromptCacheKey))
            {
                writer.WriteString("prompt_cache_key"u8, ModelBody.CacheKey(conversation));
            }

            WriteTools(writer, request, workarounds);
            writer.WriteStartArray("messages"u8);
            var asUser = workarounds.HasFlag(Workarounds.NoSystemRole);
            if (request.Instructions is { Length: > 0 } instructions && !asUser)
            {
                writer.WriteStartObject();
                writer.WriteString("role"u8, openAi && ReasoningModels.Match(request.Model) ? "developer"u8 : "system"u8);
                writer.WriteString("content"u8, instructions);
                writer.WriteEndObject();
            }

            var origin = Origin.Of(provider, request.Model);
            var items = Conversation.Prepare(request.Input, origin, withReasoning: false, workarounds);
            if (asUser && request.Instructions is { Length: > 0 } text)
            {
                items.Insert(0, new InputItem.User([new InputPart.Text(text)]));
            }

            var echo = !workarounds.HasFlag(Workarounds.ReasoningEcho)
                && (workarounds.HasFlag(Workarounds.ReasoningExpected) || ReasoningEcho.IsIn(items, origin));
            WriteMessages(writer, items, workarounds, origin, echo);
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
                writer.WriteStartObject("function"u8);
                ModelBody.WriteFunction(writer, tool, workarounds);
                writer.WriteEndObject();
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
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, forced);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    /// <summary>
    /// Merges adjacent user messages, and an answer with the calls after it: some chat templates require alternating
    /// roles.
    /// </summary>
    private static void WriteMessages(
        Utf8JsonWriter writer, List<InputItem> items, Workarounds workarounds, string origin, bool echo)
    {
        for (var i = 0; i < items.Count; i++)
        {
            writer.WriteStartObject();
            switch (items[i])
            {
                case InputItem.User:
                    var users = items.Skip(i).TakeWhile(item => item is InputItem.User).Cast<InputItem.User>().ToList();
                    WriteUser(writer, [.. users.SelectMany(user => user.Parts)]);
                    i += users.Count - 1;
                    break;
                case InputItem.FunctionOutput output:
                    writer.WriteString("role"u8, "tool"u8);
                    writer.WriteString("tool_call_id"u8, output.CallId);
                    ModelBody.WriteText(writer, "content"u8, output.Output);
                    break;
                case var item:
                    var text = item as InputItem.Assistant;
                    var first = text is null ? i : i + 1;
                    var calls = items.Skip(first)
                        .TakeWhile(next => next is InputItem.FunctionCall)
                        .Cast<InputItem.FunctionCall>()
                        .ToList();
                    WriteAssistant(writer, text, calls, workarounds, origin);
                    if (!workarounds.HasFlag(Workarounds.ReasoningEcho))
                    {
                        ReasoningEcho.WriteDetails(writer, calls, origin);
                    }

                    if (echo)
                    {
                        ReasoningEcho.Write(writer, calls, origin);
                    }

                    i = first + calls.Count - 1;
                    break;
            }

            writer.WriteEndObject();
        }
    }

    private static void WriteUser(Utf8JsonWriter writer, List<InputPart> parts)
    {
        writer.WriteString("role"u8, "user"u8);
        if (parts.TrueForAll(part => part is InputPart.Text))
        {
            ModelBody.WriteText(writer, "content"u8, string.Join("\n\n", parts.Cast<InputPart.Text>().Select(part => part.Value)));
            return;
        }

        writer.WriteStartArray("content"u8);
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            switch (part)
            {
                case InputPart.Text text:
                    writer.WriteString("type"u8, "text"u8);
                    ModelBody.WriteText(writer, "text"u8, text.Value);
                    break;
                case InputPart.Image image:
                    writer.WriteString("type"u8, "image_url"u8);
                    writer.WriteStartObject("image_url"u8);
                    ModelBody.WriteText(writer, "url"u8, image.Url);
                    writer.WriteEndObject();
                    break;
                case InputPart.File { IsText: true } file:
                    writer.WriteString("type"u8, "text"u8);
                    ModelBody.WriteText(writer, "text"u8, file.ToText());
                    break;
                case InputPart.File file:
                    writer.WriteString("type"u8, "file"u8);
                    writer.WriteStartObject("file"u8);
                    writer.WriteString("filename"u8, file.Name);
                    ModelBody.WriteText(writer, "file_data"u8, file.DataUrl);
                    writer.WriteEndObject();
                    break;
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteAssistant(
        Utf8JsonWriter writer,
        InputItem.Assistant? text,
        List<InputItem.FunctionCall> calls,
        Workarounds workarounds,
        string origin)
    {
        writer.WriteString("role"u8, "assistant"u8);
        ModelBody.WriteText(writer, "content"u8, text?.Text ?? (workarounds.HasFlag(Workarounds.ContentIsText) ? "" : null));
        if (calls.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, call.CallId);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, call.Name);
            ModelBody.WriteText(writer, "arguments"u8, call.Arguments);
            writer.WriteEndObject();
            if (call.Extras is { } extras && extras.Origin == origin
                && JsonValue.TryParse(extras.Json.Span, out var json))
            {
                foreach (var member in json.Members)
                {
                    if (!ReasoningEcho.IsMember(member.Name))
                    {
                        writer.WritePropertyName(member.Name);
                        writer.WriteRawValue(member.Value.Raw);
                    }
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
